/**
 * Thousands of messages get their statuses one to five times each, in any order and up to 72 hours late, through the statement of the
 * service in batches of a few hundred, and some more one status at a time. Each must end where a model puts it that hears every status
 * once and in order.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StatusReport } from '../../../../db/sending/ledger/statuses.ts';
import { recordStatuses } from '../../../../db/sending/ledger/statuses.ts';
import type { Receipt } from '../../../../domain/sending/ledger.ts';
import { RECEIPTS } from '../../../../domain/sending/ledger.ts';
import type { Ledger } from '../../../helpers/ledger.ts';
import { NOON, openLedger, placedOrder } from '../../../helpers/ledger.ts';
import { isWhole } from '../../../helpers/whole.ts';
import type { ModelAttempt, ModelMessage } from './statuses-model.ts';
import { finalStateOf, fillLedger, readBack } from './statuses-model.ts';

const IN_BATCHES = { messages: isWhole ? 10_000 : 2_500, batch: 200 };
/** One by itself takes steps of its own. */
const ONE_BY_ONE = { messages: 400, batch: 1 };
const SEED = 20_261_122;
const SKEW = 5 * 60_000;
const LATEST = 72 * 60 * 60_000;

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const failing = (receipt: Receipt): boolean => receipt === 'rejected' || receipt === 'undeliverable';

/** Any of the five, each up to twice at different times, by a clock that is off by up to five minutes. */
const statuses = fc.uniqueArray(
  fc.record({
    receipt: fc.constantFrom(...RECEIPTS),
    at: fc.integer({ min: NOON - SKEW, max: NOON + SKEW }),
    code: fc.option(fc.constantFrom('1180', '1240', '1490', '9999'), { nil: undefined }),
    copies: fc.integer({ min: 1, max: 5 }),
    /** Without our reference: known by the provider's id alone. */
    nameless: fc.boolean(),
  }),
  { maxLength: 5, selector: ({ receipt, at }) => `${receipt} ${at}` },
);

const attemptIn = (outcomes: readonly ModelAttempt['outcome'][]) =>
  fc.record({ outcome: fc.constantFrom(...outcomes), statuses });

/** One attempt, or one that was replaced by another. */
const attempts = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(attemptIn(['accepted', 'unknown', 'refused', null])) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      attemptIn(['accepted', 'unknown', 'refused', 'not_sent']),
      attemptIn(['accepted', 'unknown', 'refused', 'not_sent', null]),
    ),
  },
);

/** `atOnce`: all that is said of it comes in one batch. */
const message = fc.record({ attempts, givenUp: fc.boolean(), atOnce: fc.boolean() });

interface Delivery {
  readonly report: StatusReport;
  readonly at: number;
}

/** Every copy of every status, at the moments they arrive. */
function deliveriesOf({ attempts: all, atOnce }: ModelMessage, random: () => number): Delivery[] {
  const together = random();
  const late = () => (atOnce ? together : random());
  return all.flatMap(({ clientRef, providerId, statuses: given }) =>
    given.flatMap(({ receipt, at, code, copies, nameless }, index) => {
      // Something has to say whose the nameless ones are.
      const named = !nameless || index === 0;
      const report = {
        providerId,
        receipt,
        at,
        ...(named && { clientRef }),
        ...(failing(receipt) && code !== undefined && { code }),
      };
      return Array.from({ length: copies }, () => ({ report, at: NOON + SKEW + late() }));
    }),
  );
}

const sizes = [IN_BATCHES, ONE_BY_ONE];
it.each(sizes)(
  '$messages permutations end like their statuses in order, in batches of $batch',
  async (size) => {
    const order = await placedOrder(ledger.db);
    const given = fc.sample(message, { numRuns: size.messages, seed: SEED });
    const messages = await fillLedger(ledger.db, order, given);
    // As autovacuum would have done long ago on tables of this size.
    await ledger.owner.raw('analyze messages, attempts');
    const [shuffle] = fc.sample(fc.infiniteStream(fc.integer({ min: 0, max: LATEST })), { numRuns: 1, seed: SEED });
    const random = (): number => shuffle?.next().value ?? 0;
    const deliveries = messages.flatMap((one) => deliveriesOf(one, random)).toSorted((a, b) => a.at - b.at);

    for (let from = 0; from < deliveries.length; from += size.batch) {
      const batch = deliveries.slice(from, from + size.batch);
      const now = batch.at(-1)?.at ?? NOON;
      await recordStatuses(
        ledger.db,
        batch.map(({ report }) => report),
        now,
      );
    }

    expect(deliveries.length).toBeGreaterThan(5 * size.messages);
    const states = await readBack(ledger.db, order);
    const wrong = messages.filter((one) => JSON.stringify(states.get(one.id)) !== JSON.stringify(finalStateOf(one)));
    const shown = wrong.slice(0, 3).map((one) => ({ one, is: states.get(one.id), expected: finalStateOf(one) }));
    expect(shown).toEqual([]);
  },
  180_000,
);
