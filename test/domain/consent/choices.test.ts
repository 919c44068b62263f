import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Chooser, Choices } from '../../../domain/consent/choices.ts';
import { CHOSEN_TOPICS, choicesOf, choose, onlyOrders, NO_PREFERENCES } from '../../../domain/consent/choices.ts';

const NOW = Date.UTC(2026, 2, 3, 11);
const agreed: Chooser = {
  preferences: NO_PREFERENCES,
  allowed: ['transactional', 'service_feedback', 'promotional'],
  channels: ['sms', 'rcs'],
};
const silent: Chooser = { ...agreed, allowed: ['transactional'] };
const shownTo = (chooser: Chooser): Choices => choicesOf(chooser, NOW);

const topics = fc.subarray([...CHOSEN_TOPICS]);
const choosers: fc.Arbitrary<Chooser> = fc.record({
  preferences: fc.record({ topicsOff: topics, channelsOff: fc.constantFrom([], ['sms'] as const, ['rcs'] as const) }),
  allowed: fc.subarray(['transactional', 'service_feedback', 'promotional'] as const),
  channels: fc.constant(['sms', 'rcs'] as const),
});

describe('a saved page', () => {
  it('whose boxes were left as they were changes nothing and gives no consent, whatever they were', () => {
    fc.assert(
      fc.property(choosers, (chooser) => {
        const { preferences, consents } = choose(chooser, shownTo(chooser), shownTo(chooser), NOW);
        expect(consents).toEqual([]);
        expect(preferences).toEqual(chooser.preferences);
      }),
    );
  });

  it('that is old gives no consent for what was switched off since', () => {
    const old = shownTo(agreed);
    const off: Chooser = { ...agreed, preferences: { topicsOff: ['reviews', 'offers'], channelsOff: [] }, allowed: [] };
    const { preferences, consents } = choose(off, old, { ...old, mostPerWeek: 1 }, NOW);
    expect([preferences, consents]).toEqual([{ ...off.preferences, mostPerWeek: 1 }, []]);
  });

  it('of two, each with one change, keeps both changes', () => {
    const shown = shownTo(agreed);
    const first = choose(agreed, shown, { ...shown, topics: ['feedback', 'reviews', 'offers'] }, NOW);
    const then = choose({ ...agreed, preferences: first.preferences }, shown, { ...shown, mostPerWeek: 2 }, NOW);
    expect(then.preferences).toEqual({ topicsOff: ['tips'], channelsOff: [], mostPerWeek: 2 });
  });

  it('of two, each without another channel, leaves the channel that was chosen last', () => {
    const shown = shownTo(agreed);
    const first = choose(agreed, shown, { ...shown, channels: ['rcs'] }, NOW);
    const then = choose({ ...agreed, preferences: first.preferences }, shown, { ...shown, channels: ['sms'] }, NOW);
    expect([then.choices.channels, then.preferences.channelsOff]).toEqual([['sms'], ['rcs']]);
  });

  it('never sends a topic whose box was empty, even when its neighbour of the same class was ticked', () => {
    const { preferences, consents } = choose(
      silent,
      shownTo(silent),
      { ...shownTo(silent), topics: ['tips', 'reviews'] },
      NOW,
    );
    expect(consents).toEqual([{ action: 'granted', class: 'promotional', topic: 'reviews' }]);
    expect(preferences.topicsOff).toEqual(['offers']);
  });

  it('shows afterwards what was ticked, for any page and any form', () => {
    fc.assert(
      fc.property(choosers, topics, (chooser, ticked) => {
        const shown = shownTo(chooser);
        const { preferences, consents } = choose(chooser, shown, { ...shown, topics: ticked }, NOW);
        const allowed = new Set(chooser.allowed);
        for (const one of consents) {
          if (one.action === 'granted') allowed.add(one.class);
          else allowed.delete(one.class);
        }
        const after = choicesOf({ ...chooser, preferences, allowed: [...allowed] }, NOW);
        expect(after.topics.toSorted()).toEqual(ticked.toSorted());
      }),
    );
  });
});

describe('consents follow the boxes', () => {
  it.each([
    ['one of the two promotional topics is no withdrawal', ['tips', 'feedback', 'offers'], []],
    [
      'both are one',
      ['tips', 'feedback'],
      [{ action: 'withdrawn', class: 'promotional', topics: ['reviews', 'offers'] }],
    ],
    [
      'feedback is one',
      ['tips', 'reviews', 'offers'],
      [{ action: 'withdrawn', class: 'service_feedback', topics: ['feedback'] }],
    ],
    ['tips need none', ['feedback', 'reviews', 'offers'], []],
  ] as const)('switching off: %s', (_name, ticked, expected) => {
    const shown = shownTo(agreed);
    expect(choose(agreed, shown, { ...shown, topics: ticked }, NOW).consents).toEqual(expected);
  });

  it('"only news of my orders" withdraws what was never given, too: nothing implied outlives it', () => {
    const { preferences, consents } = onlyOrders(silent, { day: {}, night: {} }, NOW);
    expect(preferences.topicsOff).toEqual(CHOSEN_TOPICS);
    expect(consents.map((one) => [one.action, one.class])).toEqual([
      ['withdrawn', 'service_feedback'],
      ['withdrawn', 'promotional'],
    ]);
  });

  it('"only news of my orders" twice withdraws once', () => {
    const withdrawn = { state: 'withdrawn', ref: '1', at: NOW } as const;
    const day = { service_feedback: withdrawn, promotional: withdrawn };
    expect(onlyOrders(silent, { day, night: {} }, NOW).consents).toEqual([]);
  });
});

it('a pause that is over is not shown', () => {
  expect(choicesOf({ ...agreed, preferences: { ...NO_PREFERENCES, pausedUntil: NOW } }, NOW)).not.toHaveProperty(
    'pausedUntil',
  );
});
