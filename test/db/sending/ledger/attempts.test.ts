import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  giveUp,
  recordAccepted,
  recordRefused,
  recordUnknown,
  submit,
} from '../../../../db/sending/ledger/attempts.ts';
import { readMessageAndGate } from '../../../../db/sending/ledger/ledger-message.ts';
import type { StatusReport } from '../../../../db/sending/ledger/statuses.ts';
import { recordStatus } from '../../../../db/sending/ledger/statuses.ts';
import type { Receipt } from '../../../../domain/sending/ledger.ts';
import { RECEIPTS, receiptRank, stateOfReceipt } from '../../../../domain/sending/ledger.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import {
  NOON,
  attemptsOf,
  brand,
  openLedger,
  placedOrder,
  planned,
  ledgerRowOf,
  submitted,
  untilWaiting,
} from '../../../helpers/ledger.ts';

let ledger: Ledger;
let order: PlacedOrder;
let count = 0;
beforeAll(async () => {
  ledger = await openLedger();
  order = await placedOrder(ledger.db);
});
afterAll(() => ledger.close());

/** A message that was handed over and accepted, with what the provider says in its statuses. */
async function accepted(): Promise<{ message: string; about: { clientRef: string; providerId: string } }> {
  count += 1;
  const message = await planned(ledger.db, order, { occurrence: `parcel-${count}` });
  const about = { clientRef: await submitted(ledger.db, message), providerId: randomUUID() };
  await recordAccepted(ledger.db, about.clientRef, about.providerId, 'answer', NOON);
  return { message, about };
}

function record(status: StatusReport) {
  return recordStatus(ledger.db, status, status.at);
}

/** All that a status may change, the provider's id apart. */
async function outcome(message: string): Promise<unknown> {
  const row: unknown = await ledger
    .db('messages')
    .where({ id: message })
    .first('state', 'reason', 'receipt_rank', 'accepted_at', 'submitted_at');
  const attempts = (await attemptsOf(ledger.db, message)).map(({ outcome: known }) => known);
  const statuses: object[] = await ledger
    .db('statuses')
    .join('attempts', 'attempts.id', 'statuses.attempt_id')
    .where({ message_id: message })
    .orderBy('statuses.occurred_at')
    .select('statuses.status', 'statuses.code', 'statuses.segments', 'statuses.price', 'statuses.occurred_at');
  return { row, attempts, statuses };
}

describe('statuses may come in any order and any number of times', () => {
  it('also when they come all at once', async () => {
    for (let round = 0; round < 30; round += 1) {
      const { message, about } = await accepted();
      const all = RECEIPTS.flatMap((receipt) => [receipt, receipt]);
      await Promise.all(all.map((receipt) => record(statusOf(about, receipt))));
      expect(await outcome(message)).toMatchObject({ row: { state: 'read' }, statuses: RECEIPTS.map(() => ({})) });
    }
  });

  function statusOf(about: { clientRef: string; providerId: string }, receipt: Receipt): StatusReport {
    return { ...about, receipt, at: NOON + receiptRank(receipt) * 1000, segments: 1, price: '0.04 EUR' };
  }

  it.each(RECEIPTS)('a first %s moves the message', async (receipt) => {
    const { message, about } = await accepted();
    await record({ ...about, receipt, at: NOON + 1 });
    const failed = receipt === 'rejected' || receipt === 'undeliverable';
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({
      state: stateOfReceipt(receipt),
      reason: failed ? 'undelivered' : null,
    });
  });

  it('a late "submitted" never moves a delivered message back', async () => {
    const { message, about } = await accepted();
    await record({ ...about, receipt: 'delivered', at: NOON + 2 });
    await record({ ...about, receipt: 'submitted', at: NOON + 1 });
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'delivered' });
  });

  it('the answer of the call never takes a receipt back', async () => {
    const { message, about } = await accepted();
    await record({ ...about, receipt: 'rejected', at: NOON + 1 });
    await recordAccepted(ledger.db, about.clientRef, about.providerId, 'answer', NOON + 2);
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'rejected', reason: 'undelivered' });
  });
});

describe('the message that a status is about', () => {
  it('is named for the first status and not for its repetition', async () => {
    const { about } = await accepted();
    const status = { ...about, receipt: 'delivered', at: NOON + 1 } as const;
    expect(await record(status)).toEqual({ brand: order.brand, contact: order.contact });
    expect(await record(status)).toBeUndefined();
  });

  it('is found by our reference before the provider has named the message', async () => {
    count += 1;
    const message = await planned(ledger.db, order, { occurrence: `parcel-${count}` });
    const about = { clientRef: await submitted(ledger.db, message), providerId: randomUUID() };
    await record({ ...about, receipt: 'submitted', at: NOON + 1 });
    expect(await attemptsOf(ledger.db, message)).toMatchObject([
      { outcome: 'accepted', provider_id: about.providerId },
    ]);
  });

  it("is found by the provider's id when our reference is missing", async () => {
    const { message, about } = await accepted();
    await record({ providerId: about.providerId, receipt: 'delivered', at: NOON + 1 });
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'delivered' });
  });

  it('is none of ours: then the status is kept as an orphan', async () => {
    const stranger = { clientRef: randomUUID(), providerId: randomUUID() };
    expect(await record({ ...stranger, receipt: 'delivered', at: NOON, code: '1420' })).toBeUndefined();
    const rows: object[] = await ledger
      .db('statuses')
      .where({ provider_id: stranger.providerId })
      .select('attempt_id', 'client_ref', 'status');
    expect(rows).toEqual([{ attempt_id: null, client_ref: stranger.clientRef, status: 'delivered' }]);
  });
});

it.each(['answer', 'records'] as const)(
  'a message that was given up is on record as accepted once the provider’s %s says so',
  async (by) => {
    count += 1;
    const message = await planned(ledger.db, order, { occurrence: `parcel-${count}` });
    const clientRef = await submitted(ledger.db, message);
    await recordUnknown(ledger.db, message, 'timeout', NOON);
    expect(await giveUp(ledger.db, message, NOON)).toBe(true);
    await recordAccepted(ledger.db, clientRef, randomUUID(), by, NOON + 1);
    const row: unknown = await ledger.db('messages').where({ id: message }).first('state', 'reason', 'accepted_at');
    expect(row).toEqual({ state: 'accepted', reason: null, accepted_at: new Date(NOON + 1) });
    expect(await attemptsOf(ledger.db, message)).toMatchObject([{ outcome: 'accepted' }]);
  },
);

it('the error code, segments and price of a status are kept as they came', async () => {
  const { message, about } = await accepted();
  await record({ ...about, receipt: 'rejected', at: NOON + 1, code: '1180', segments: 2, price: '0.0742 EUR' });
  expect(await outcome(message)).toMatchObject({
    statuses: [{ status: 'rejected', code: '1180', segments: 2, price: '0.0742 EUR' }],
  });
});

it('a receipt and a run that knows nothing never wait for each other in a circle', async () => {
  count += 1;
  const message = await planned(ledger.db, order, { occurrence: `parcel-${count}` });
  const clientRef = await submitted(ledger.db, message);
  const holding = await ledger.db.transaction();
  await holding('attempts').where({ client_ref: clientRef }).forUpdate().first();
  const receipt = record({ clientRef, providerId: randomUUID(), receipt: 'delivered', at: NOON });
  await untilWaiting(ledger.db, 1);
  const unknown = recordUnknown(ledger.db, message, 'crashed', NOON);
  await untilWaiting(ledger.db, 2);
  await holding.rollback();
  expect(await receipt).toEqual({ brand: order.brand, contact: order.contact });
  expect(await unknown).toBe('delivered');
});

it('a message that has had an attempt is not submitted as one that was inserted a moment ago', async () => {
  const message = await planned(ledger.db, order, { occurrence: 'attempted' });
  await recordRefused(ledger.db, await submitted(ledger.db, message), '1000', undefined, NOON);
  const read = await readMessageAndGate(ledger.db, message, NOON);
  if (!read) throw new Error('no such message');
  const call = { clientRef: randomUUID(), to: order.phone, from: brand.sender };
  const text = { text: 'x', locale: 'it', encoding: 'gsm7', segments: 1 } as const;
  const submission = submit(ledger.db, { ...read.message, inserted: text }, read.gate, call, NOON);
  await expect(submission).rejects.toMatchObject({ constraint: 'attempts_message_id_number_key' });
  expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'planned' });
  expect(await attemptsOf(ledger.db, message)).toHaveLength(1);
});
