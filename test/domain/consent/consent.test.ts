import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConsentEvent, ClassConsent } from '../../../domain/consent/consent.ts';
import {
  CONSENT_ACTIONS,
  CONSENT_BASES,
  CONSENT_CLASSES,
  consentsOf,
  isExpressed,
} from '../../../domain/consent/consent.ts';

let count = 0;
function said(action: ConsentEvent['action'], at: number, more: Partial<ConsentEvent> = {}): ConsentEvent {
  count += 1;
  return { id: String(count), class: 'promotional', night: false, action, basis: 'express', at, ...more };
}

function folded(...events: readonly ConsentEvent[]): ClassConsent | undefined {
  return consentsOf(events).day.promotional;
}

describe('a statement about a consent', () => {
  it('that stands alone is in force, with the entry that proves it', () => {
    expect(folded(said('granted', 1, { id: '7' }))).toStrictEqual({
      state: 'granted',
      ref: '7',
      basis: 'express',
      at: 1,
      confirmed: false,
      renewedAt: 1,
    });
  });

  it('and taken back is withdrawn, whenever the two arrive', () => {
    const [yes, no] = [said('granted', 1), said('withdrawn', 2)];
    expect(folded(no, yes)).toMatchObject({ state: 'withdrawn', at: 2 });
  });

  it('at one moment as yes and no is a no', () => {
    expect(folded(said('withdrawn', 5), said('granted', 5))).toMatchObject({ state: 'withdrawn' });
  });

  it('is overcome by a yes in words, never by a purchase', () => {
    const no = said('withdrawn', 2);
    expect(folded(no, said('granted', 3, { basis: 'soft_opt_in' }))).toMatchObject({ state: 'withdrawn' });
    expect(folded(no, said('granted', 3))).toMatchObject({ state: 'granted', at: 3 });
  });

  it('in writing is not lost to a purchase that comes after', () => {
    const written = said('granted', 1, { basis: 'express_written' });
    expect(folded(written, said('granted', 2, { basis: 'soft_opt_in' }))).toMatchObject({
      basis: 'express_written',
      at: 1,
    });
  });

  it('in writing that ends one day gives way to one that comes after', () => {
    const written = said('granted', 1, { basis: 'express_written', expiresAt: 9 });
    expect(folded(written, said('granted', 2, { basis: 'soft_opt_in' }))).toMatchObject({ basis: 'soft_opt_in' });
  });

  it('is the one recorded later where two were said at one moment, whichever is read first', () => {
    for (const [first, second] of [
      ['9', '10'],
      ['12', '13'],
    ] as const) {
      const both = [said('granted', 5, { id: first }), said('granted', 5, { id: second })];
      expect(folded(...both)).toMatchObject({ ref: second });
      expect(folded(...both.toReversed())).toMatchObject({ ref: second });
    }
  });

  it('about the night says nothing about the day', () => {
    const { day, night } = consentsOf([said('granted', 1, { night: true })]);
    expect(day.promotional).toBeUndefined();
    expect(night.promotional?.state).toBe('granted');
  });

  it('to being asked renews it, and being asked does not', () => {
    const yes = said('granted', 1);
    expect(folded(yes, said('asked', 2))).toMatchObject({ renewedAt: 1 });
    expect(folded(yes, said('reconfirmed', 3))).toMatchObject({ renewedAt: 3, confirmed: false });
    expect(folded(yes, said('confirmed', 4))).toMatchObject({ renewedAt: 4, confirmed: true });
  });

  it('that was taken back is not confirmed when it is given once more', () => {
    const before = [said('granted', 1), said('confirmed', 2), said('withdrawn', 3)];
    expect(folded(...before, said('granted', 4))).toMatchObject({ state: 'granted', confirmed: false });
  });

  it('is none without a yes: being asked, confirming and renewing neither begin a consent nor lift a refusal', () => {
    for (const action of ['asked', 'confirmed', 'reconfirmed'] as const) {
      expect(consentsOf([said(action, 2)])).toStrictEqual({ day: {}, night: {} });
      const refused = said('withdrawn', 1);
      expect(folded(refused, said(action, 2))).toStrictEqual({ state: 'withdrawn', ref: refused.id, at: 1 });
    }
  });

  it('and confirmed stays confirmed when the box is ticked again', () => {
    expect(folded(said('granted', 1), said('confirmed', 2), said('granted', 3))).toMatchObject({
      at: 3,
      confirmed: true,
    });
  });
});

const events: fc.Arbitrary<ConsentEvent[]> = fc
  .array(
    fc.record(
      {
        class: fc.constantFrom(...CONSENT_CLASSES),
        night: fc.boolean(),
        action: fc.constantFrom(...CONSENT_ACTIONS),
        basis: fc.constantFrom(...CONSENT_BASES),
        at: fc.integer({ min: 1, max: 12 }),
        expiresAt: fc.integer({ min: 13, max: 20 }),
      },
      { requiredKeys: ['class', 'night', 'action', 'basis', 'at'] },
    ),
    { maxLength: 14 },
  )
  .map((list) => list.map((event, index) => ({ ...event, id: String(index + 1) })));

/** In the order in which they were said. */
function ofClass(list: readonly ConsentEvent[], name: string, night: boolean): ConsentEvent[] {
  return list.filter((event) => event.class === name && event.night === night);
}

/** The entries that the gate reads: the latest of each sort. */
function latest(list: readonly ConsentEvent[]): ConsentEvent[] {
  const found = new Map<string, ConsentEvent>();
  for (const event of list.toSorted((a, b) => a.at - b.at || Number(a.id) - Number(b.id)))
    found.set(`${event.class} ${event.night} ${event.action} ${event.basis}`, event);
  return [...found.values()];
}

describe('any list of statements', () => {
  const anything = fc.tuple(events, fc.constantFrom(...CONSENT_CLASSES), fc.boolean());

  it('the order in which it arrives never matters', () => {
    const shuffled = events.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(consentsOf(other)).toEqual(consentsOf(list));
      }),
    );
  });

  it('after a refusal only words bring a consent back', () => {
    fc.assert(
      fc.property(anything, ([list, name, night]) => {
        const result = consentsOf(list)[night ? 'night' : 'day'][name];
        const own = ofClass(list, name, night);
        const refusals = own.filter(({ action }) => action === 'withdrawn').map(({ at }) => at);
        if (refusals.length === 0) return;
        const refused = Math.max(...refusals);
        const worded = own.some(({ action, basis, at }) => action === 'granted' && isExpressed(basis) && at > refused);
        expect(result?.state).toBe(worded ? 'granted' : 'withdrawn');
      }),
    );
  });

  it('a confirmation never survives a withdrawal', () => {
    fc.assert(
      fc.property(anything, ([list, name, night]) => {
        const result = consentsOf(list)[night ? 'night' : 'day'][name];
        if (result?.state !== 'granted' || !result.confirmed) return;
        const own = ofClass(list, name, night);
        const confirmed = Math.max(...own.filter(({ action }) => action === 'confirmed').map(({ at }) => at));
        const refused = own.filter(({ action }) => action === 'withdrawn').map(({ at }) => at);
        expect(refused.every((at) => at < confirmed)).toBe(true);
      }),
    );
  });

  it('what is in force has an entry that granted it, and nothing is in force without one', () => {
    fc.assert(
      fc.property(anything, ([list, name, night]) => {
        const result = consentsOf(list)[night ? 'night' : 'day'][name];
        if (result?.state !== 'granted') return;
        expect(list.find(({ id }) => id === result.ref)).toMatchObject({ action: 'granted', class: name, night });
      }),
    );
  });

  it('the latest entry of each sort adds up to the same as the whole ledger', () => {
    fc.assert(
      fc.property(events, (list) => {
        expect(consentsOf(latest(list))).toEqual(consentsOf(list));
      }),
    );
  });
});
