import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../../domain/time/duration.ts';
import type { MessageKind } from '../../../../domain/sending/message.ts';
import type { Texted } from '../../../../domain/sending/gate/number-limits.ts';
import {
  HELP_PER_DAY,
  NUMBER_LIMITS,
  UPDATES_PER_ORDER,
  isLookedAt,
  limitReached,
} from '../../../../domain/sending/gate/number-limits.ts';
import { rangeOf } from '../../../../domain/rules/rule-data.ts';

const NEWS = ['order_confirmation', 'order_updated', 'shipped', 'order_cancelled', 'delivered'] as const;
const ANSWERS = ['opt_out_confirmed', 'opt_out_or_order', 'opt_in_confirmed', 'help'] as const;

interface Wish {
  readonly kind: MessageKind;
  readonly order: string;
  readonly wait: number;
}

const wishes = (kinds: readonly MessageKind[]) =>
  fc.array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      order: fc.integer({ min: 1, max: 8 }).map(String),
      wait: fc.constantFrom(0, MINUTE, HOUR, 7 * HOUR),
    }),
    { maxLength: 150 },
  );

/** The messages that one number got of all that were to be sent to it. */
function sentOf(list: readonly Wish[]): readonly Omit<Texted, 'own'>[] {
  const sent: Omit<Texted, 'own'>[] = [];
  let now = 0;
  for (const { kind, order, wait } of list) {
    now += wait;
    const texted = sent.map((one) => ({ ...one, own: one.order === order }));
    if (limitReached(kind, texted, NUMBER_LIMITS, now) === undefined) sent.push({ kind, at: now, order });
  }
  return sent;
}

/** The most that fell into any period of this length. */
function most<T extends { readonly at: number }>(
  sent: readonly T[],
  per: number,
  of: (within: readonly T[]) => number,
) {
  return Math.max(0, ...sent.map(({ at }) => of(sent.filter((one) => one.at >= at && one.at < at + per))));
}

const count = (within: readonly unknown[]): number => within.length;

describe('one number', () => {
  it('never gets more answers to HELP than a day allows, though it withdraws its links between them', () => {
    const texted: Texted[] = [];
    for (let now = 0; now < 2 * DAY; now += HOUR / 2)
      if (limitReached('help', texted, NUMBER_LIMITS, now) === undefined)
        texted.push({ kind: 'help', at: now, order: null, own: false, linkEnded: true });
    expect(most(texted, HOUR, count)).toBeLessThanOrEqual(3);
    expect(most(texted, DAY, count)).toBe(HELP_PER_DAY);
  });

  it('never gets more news than a day and a week allow, whatever is ordered with it and when', () => {
    fc.assert(
      fc.property(wishes(NEWS), (list) => {
        const sent = sentOf(list);
        expect(most(sent, DAY, count)).toBeLessThanOrEqual(NUMBER_LIMITS.perDay);
        expect(most(sent, 7 * DAY, count)).toBeLessThanOrEqual(NUMBER_LIMITS.perWeek);
        const confirmed = sent.filter(({ kind }) => kind === 'order_confirmation');
        const orders = (within: readonly { readonly order: string | null }[]): number =>
          new Set(within.map(({ order }) => order)).size;
        expect(most(confirmed, DAY, orders)).toBeLessThanOrEqual(NUMBER_LIMITS.ordersPerDay);
        for (const order of new Set(sent.map((one) => one.order))) {
          const updates = sent.filter((one) => one.kind === 'order_updated' && one.order === order);
          expect(most(updates, DAY, count)).toBeLessThanOrEqual(UPDATES_PER_ORDER);
        }
      }),
    );
  });

  it('never gets more answers than one to HELP an hour and three to STOP and START a day', () => {
    fc.assert(
      fc.property(wishes(ANSWERS), (list) => {
        const sent = sentOf(list);
        const help = sent.filter(({ kind }) => kind === 'help');
        expect(most(help, HOUR, count)).toBeLessThanOrEqual(1);
        expect(
          most(
            sent.filter(({ kind }) => kind !== 'help'),
            DAY,
            count,
          ),
        ).toBeLessThanOrEqual(3);
      }),
    );
  });

  it.each(['rating_request', 'bundle_offer'] as const)('is not limited here for %s: caps are', (kind) => {
    const texted = Array.from({ length: 60 }, () => ({ kind: 'shipped', at: 0, order: '1', own: false }) as const);
    expect(limitReached(kind, texted, NUMBER_LIMITS, 1)).toBeUndefined();
  });

  it('is told which limit it was', () => {
    const of = (kind: MessageKind, number: number, about: Partial<Texted> = {}): Texted[] =>
      Array.from({ length: number }, (_, index) => ({ kind, at: 0, order: String(index), own: false, ...about }));
    const rule = (kind: MessageKind, texted: readonly Texted[], now: number = HOUR) =>
      limitReached(kind, texted, NUMBER_LIMITS, now);
    expect(rule('order_confirmation', of('order_confirmation', 4))).toBe('limit.orders');
    // The same order again, on another channel or once more after an unknown outcome.
    expect(rule('order_confirmation', of('order_confirmation', 4, { own: true, order: '1' }))).toBeUndefined();
    const others = of('order_confirmation', 3);
    expect(
      rule('order_confirmation', [...others, ...of('order_confirmation', 1, { own: true, order: '9' })]),
    ).toBeUndefined();
    expect(rule('order_confirmation', of('order_confirmation', 4, { order: '1' }))).toBeUndefined();
    expect(rule('shipped', of('shipped', 15))).toBe('limit.number_day');
    expect(rule('shipped', of('shipped', 40), 2 * DAY)).toBe('limit.number_week');
    expect(rule('order_updated', of('order_updated', 3, { own: true }))).toBe('limit.updates');
    expect(rule('help', of('help', 1), HOUR - 1)).toBe('limit.help');
    expect(rule('help', of('help', 1), HOUR)).toBeUndefined();
    // A STOP or another withdrawal has ended the link of the last answer.
    expect(rule('help', of('help', 2, { linkEnded: true }), HOUR - 1)).toBeUndefined();
    expect(rule('help', of('help', 3, { linkEnded: true }), HOUR - 1)).toBe('limit.help');
    expect(rule('help', [...of('help', 1, { linkEnded: true }), ...of('help', 1)], HOUR - 1)).toBe('limit.help');
    expect(rule('opt_in_confirmed', of('opt_out_confirmed', 3))).toBe('limit.confirmations');
  });
});

describe('a limit of one kind of text', () => {
  const of = (kind: MessageKind, own: boolean): Texted[] =>
    Array.from({ length: 5 }, (_, index) => ({ kind, at: 0, order: own ? '1' : String(index), own }));
  const rule = (kind: MessageKind, texted: readonly Texted[]) => limitReached(kind, texted, NUMBER_LIMITS, HOUR - 1);

  it.each<[MessageKind, MessageKind, boolean]>([
    ['shipped', 'help', false],
    ['opt_in_confirmed', 'help', false],
    ['help', 'opt_out_confirmed', false],
    ['order_updated', 'shipped', true],
    ['order_updated', 'order_updated', false],
    ['shipped', 'order_updated', true],
    ['order_confirmation', 'shipped', false],
    ['shipped', 'order_confirmation', false],
  ])('for %s is not reached by %s', (kind, other, own) => {
    expect(rule(kind, of(other, own))).toBeUndefined();
  });
});

it('an agent looks at a number that orders fill, not at one that asks or whose shop saves too often', () => {
  expect(['limit.orders', 'limit.number_day', 'limit.number_week'].map(isLookedAt)).toEqual([true, true, true]);
  expect(['limit.help', 'limit.confirmations', 'limit.updates'].map(isLookedAt)).toEqual([false, false, false]);
});

it('a number lies in the range that it begins with', () => {
  const ranges = [{ prefix: '+881', why: 'satellite', name: 'Iridium' }] as const;
  expect(rangeOf('+881612345678', ranges)).toBe('+881');
  expect(rangeOf('+393331000001', ranges)).toBeUndefined();
});
