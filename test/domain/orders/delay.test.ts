import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KnownPromise } from '../../../domain/orders/delay.ts';
import { delayAnswer } from '../../../domain/orders/delay.ts';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import type { Fact } from '../../../domain/orders/events.ts';
import { RULES } from '../../../domain/orders/placement.ts';
import { journeyFor } from '../../../domain/journey/journey.ts';
import { endOfDate, wallClock } from '../../../domain/time/local-time.ts';
import { loadStandardJourney } from '../../../journeys/load.ts';
import { ALL_TRAITS, PLACED_AT, delay } from '../../helpers/arbitraries.ts';
import type { Line } from '../../helpers/simulate.ts';
import { simulate } from '../../helpers/simulate.ts';

const ROME = 'Europe/Rome';
/** Thursday 5 March 2026 in Rome, on the hour. */
const thursday = (hour: number): number => Date.UTC(2026, 2, 5, hour - 1);
const NOW = thursday(10) - DAY;
const answer = (known: Partial<KnownPromise>, now = NOW, zones: readonly string[] = [ROME]) =>
  delayAnswer({ promisedAt: thursday(18), first: thursday(14), ...known }, zones, now);

describe('a delay is told', () => {
  it.each([
    ['two hours later on the same day', thursday(16)],
    ['later by less than that, on the next day of the customer', thursday(24) + MINUTE],
  ])('when the promise is %s', (_, promisedAt) => {
    const first = promisedAt === thursday(16) ? thursday(14) : thursday(23.5);
    expect(answer({ first, promisedAt })).toBeUndefined();
  });

  it.each([
    ['a minute later', thursday(14) + MINUTE],
    ['a minute less than two hours later', thursday(16) - MINUTE],
    ['the same', thursday(14)],
    ['earlier by a day', thursday(14) - DAY + 4 * HOUR],
  ])('not when the promise is %s', (_, promisedAt) => {
    expect(answer({ promisedAt })).toEqual({ kind: 'known' });
  });

  it('by the day of any zone that the customer may be in, and by UTC where none is known', () => {
    const crossing = { first: thursday(23.5), promisedAt: thursday(24) + MINUTE };
    expect(answer(crossing, NOW, ['America/New_York'])).toEqual({ kind: 'known' });
    expect(answer(crossing, NOW, ['America/New_York', ROME])).toBeUndefined();
    expect(answer(crossing, NOW, [])).toEqual({ kind: 'known' });
    const midnight = { first: thursday(24) + HOUR - MINUTE, promisedAt: thursday(24) + HOUR };
    expect(answer(midnight, NOW, [])).toBeUndefined();
    expect(answer(midnight, NOW, [ROME])).toEqual({ kind: 'known' });
  });

  it('against what was told last, not against what was promised first', () => {
    const told = { at: NOW - DAY, promisedAt: thursday(18) };
    expect(answer({ told, promisedAt: thursday(18) })).toEqual({ kind: 'known' });
    expect(answer({ told, promisedAt: thursday(16) })).toEqual({ kind: 'known' });
    expect(answer({ told, promisedAt: thursday(20) })).toBeUndefined();
  });

  it('once a local day: what comes after it waits for the next day', () => {
    const told = { at: NOW, promisedAt: thursday(18) };
    const later = { told, promisedAt: thursday(18) + DAY };
    expect(answer(later, NOW + HOUR)).toEqual({ kind: 'wait', until: thursday(0) });
    expect(answer(later, thursday(0))).toBeUndefined();
  });

  it('once a local day wherever the customer is: the day ends in the last of the zones', () => {
    const later = { told: { at: NOW, promisedAt: thursday(18) }, promisedAt: thursday(18) + DAY };
    const inNewYork = thursday(6);
    for (const zones of [
      [ROME, 'America/New_York'],
      ['America/New_York', ROME],
    ])
      expect(answer(later, NOW + HOUR, zones)).toEqual({ kind: 'wait', until: inNewYork });
  });
});

describe('where a day is longer or shorter than 24 hours, or begins elsewhere', () => {
  /** Asks every hour for three days, and sends what is told. */
  function textsOf(zone: string, from: number, promisedAt: (hour: number) => number): number[] {
    let told: { at: number; promisedAt: number } | undefined;
    const texts: number[] = [];
    for (let hour = 1; hour < 72; hour += 1) {
      const now = from + hour * HOUR;
      const promise = { promisedAt: promisedAt(hour), first: promisedAt(0), ...(told && { told }) };
      if (promise.promisedAt <= promise.first || delayAnswer(promise, [zone], now) !== undefined) continue;
      told = { at: now, promisedAt: promise.promisedAt };
      texts.push(promise.promisedAt);
    }
    return texts;
  }

  it.each([
    ['Europe/Rome', '2026-03-29'],
    ['Europe/Rome', '2026-10-25'],
    ['America/New_York', '2026-11-01'],
    ['Africa/Cairo', '2026-04-24'],
    ['America/Santiago', '2026-09-06'],
    ['Asia/Seoul', '2026-03-29'],
  ])(
    'in %s on %s a promise that flips over midnight every hour is told once, and one that moves by an hour on that day never',
    (zone, day) => {
      const midnight = endOfDate(day, zone);
      const from = midnight - 5 * DAY;
      expect(textsOf(zone, from, (hour) => midnight + (hour % 2 === 0 ? -10 : 10) * MINUTE)).toEqual([
        midnight + 10 * MINUTE,
      ]);
      expect(textsOf(zone, from, (hour) => midnight - 20 * HOUR + (hour % 2) * HOUR)).toEqual([]);
    },
  );
});

describe('a promise that has passed is told', () => {
  it('once, and a later one that passes too is told as well', () => {
    expect(answer({ promisedAt: thursday(14) }, thursday(14))).toBeUndefined();
    const told = { at: thursday(14), promisedAt: thursday(14) };
    expect(answer({ told, promisedAt: thursday(14) }, thursday(14) + DAY)).toEqual({ kind: 'known' });
    expect(answer({ told, promisedAt: thursday(13) }, thursday(14) + DAY)).toEqual({ kind: 'known' });
    expect(answer({ told, promisedAt: thursday(14) + DAY }, thursday(14) + DAY)).toBeUndefined();
  });

  it('not on the day on which a delay was told already', () => {
    const told = { at: thursday(9), promisedAt: thursday(14) };
    expect(answer({ told, promisedAt: thursday(14) }, thursday(14))).toEqual({ kind: 'wait', until: thursday(24) });
  });

  it('not before the time that the customer was told has passed', () => {
    const told = { at: NOW - DAY, promisedAt: thursday(14) + DAY };
    expect(answer({ told, promisedAt: thursday(14) }, thursday(14))).toEqual({ kind: 'wait', until: told.promisedAt });
  });
});

describe('promises that move while an order is on its way', () => {
  const traits = ALL_TRAITS.find((some) => some.fulfilment === 'shipped') ?? ALL_TRAITS[0];
  const journey = journeyFor(loadStandardJourney(), traits as (typeof ALL_TRAITS)[number]);
  const FIRST = PLACED_AT + 3 * DAY;
  const order: Fact = {
    id: 'o',
    at: PLACED_AT,
    type: 'order_placed',
    placement: { contact: 'c', journey: { name: 'standard', version: 3, steps: [] }, rules: RULES, promisedAt: FIRST },
  };
  const promise = (at: number, promisedAt: number, id: string): Fact => ({
    id,
    at,
    type: 'delivery_promised',
    promisedAt,
  });
  const play = (arrivals: readonly { readonly at: number; readonly fact: Fact }[]): readonly Line[] =>
    simulate({
      journey,
      arrivals: [{ at: PLACED_AT, fact: order }, ...arrivals],
      person: { zones: [ROME] },
    }).sent.filter(({ kind }) => kind === 'delivery_delayed');
  const inTime = (facts: readonly Fact[]) => facts.map((fact) => ({ at: fact.at, fact }));
  const moves = fc.array(
    fc.record({
      hour: fc.integer({ min: 1, max: 9 * 24 }),
      to: fc.oneof(
        fc.integer({ min: -24 * 60, max: 9 * 24 * 60 }),
        // Back and forth between a few times.
        fc.constantFrom(0, 30, 60, 120, 24 * 60),
      ),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const stories = fc.tuple(moves, fc.array(delay, { minLength: 12, maxLength: 12 })).map(([all, delays]) =>
    all.map(({ hour, to }, index) => {
      const fact = promise(PLACED_AT + hour * HOUR, FIRST + to * MINUTE, `m${index}`);
      return { at: fact.at + (delays[index] ?? 0), fact };
    }),
  );
  const dayOf = (at: number): string => wallClock(at, ROME).slice(0, 10);

  it('five moves by a minute each are no text at all', () => {
    const facts = [1, 2, 3, 4, 5].map((move) =>
      promise(PLACED_AT + (10 + move) * HOUR, FIRST + move * MINUTE, `m${move}`),
    );
    expect(play(inTime(facts)).map(({ key }) => key)).toEqual([`delivery_overdue#${FIRST + 5 * MINUTE}`]);
  });

  it('five moves by a day each on one day are one text on that day and one on the next, of the last of them', () => {
    const facts = [1, 2, 3, 4, 5].map((move) =>
      promise(PLACED_AT + (10 + move) * HOUR, FIRST + move * DAY, `m${move}`),
    );
    const told = play(inTime(facts)).filter(({ key }) => key.startsWith('delivery_delayed'));
    expect(told.map(({ key }) => key)).toEqual([
      `delivery_delayed#${FIRST + DAY}`,
      `delivery_delayed#${FIRST + 5 * DAY}`,
    ]);
    expect(new Set(told.map(({ at }) => dayOf(at))).size).toBe(2);
  });

  it('a promise that flips back and forth is told once', () => {
    const facts = [1, 0, 1, 0, 1].map((days, move) =>
      promise(PLACED_AT + (10 + move * 12) * HOUR, FIRST + days * DAY, `m${move}`),
    );
    const told = play(inTime(facts)).filter(({ key }) => key.startsWith('delivery_delayed'));
    expect(told.map(({ key }) => key)).toEqual([`delivery_delayed#${FIRST + DAY}`]);
  });

  it('however they move and whenever they are heard of, there is at most one text about a delay a day', () => {
    fc.assert(
      fc.property(stories, (arrivals) => {
        const days = play(arrivals).map(({ at }) => dayOf(at));
        expect(new Set(days).size).toBe(days.length);
      }),
    );
  });

  it('however they move and whenever they are heard of, no two texts in a row say the same', () => {
    fc.assert(
      fc.property(stories, (arrivals) => {
        const said = play(arrivals).map(({ at, item }) => {
          const promisedAt = Number(item.occurrence.id);
          // A promise that has passed is told as "late", without a time.
          return promisedAt > at ? `due ${promisedAt}` : `late since ${promisedAt}`;
        });
        for (const [index, one] of said.entries()) if (index > 0) expect(one).not.toBe(said[index - 1]);
      }),
    );
  });

  it('what is told is always later than what was told before, by a day or two hours', () => {
    fc.assert(
      fc.property(stories, (arrivals) => {
        let known: number | undefined;
        for (const { at, item } of play(arrivals)) {
          const promisedAt = Number(item.occurrence.id);
          const isNews = promisedAt > at;
          if (isNews && known !== undefined)
            expect(promisedAt - known >= 2 * HOUR || (promisedAt > known && dayOf(promisedAt) !== dayOf(known))).toBe(
              true,
            );
          known = promisedAt;
        }
      }),
    );
  });
});
