import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenCase, createRecordEvent } from '../../activities/records.ts';
import type { WorkflowRecord } from '../../activities/records.ts';
import type { Ledger, PlacedOrder } from '../helpers/ledger.ts';
import { NOON, intended, openLedger, placedOrder } from '../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

function inboxOf(order: PlacedOrder, type: string): Promise<object[]> {
  return ledger.db('inbox').where({ order_id: order.order, type }).select('event_id', 'payload', 'applied_at');
}

describe('opening a case', () => {
  const about = { kind: 'low_rating', cause: 'low_rating_case', asOf: NOON } as const;
  const open = ({ phone: _phone, ...order }: PlacedOrder, overrides: { cause?: string } = {}) =>
    createOpenCase(ledger)({ ...order, ...about, ...overrides });

  it('twice for one cause is one case, with the same number', async () => {
    const order = await placedOrder(ledger.db);
    const number = await open(order);
    expect(await open(order)).toBe(number);
    expect(await ledger.db('cases').where({ order_id: order.order })).toHaveLength(1);
  });

  it('ten times at once is one case', async () => {
    const order = await placedOrder(ledger.db);
    const numbers = await Promise.all(Array.from({ length: 10 }, () => open(order)));
    expect(new Set(numbers).size).toBe(1);
    expect(await ledger.db('cases').where({ order_id: order.order })).toHaveLength(1);
  });

  it('for another cause it is another case', async () => {
    const order = await placedOrder(ledger.db);
    expect(await open(order)).not.toBe(await open(order, { cause: 'delivery_failed_case#parcel-1' }));
  });

  it('is a fact of the order that its workflow knows already', async () => {
    const order = await placedOrder(ledger.db);
    const number = await open(order);
    await open(order);
    expect(await inboxOf(order, 'case_opened')).toEqual([
      { event_id: `case_opened.${number}`, payload: { case: number }, applied_at: new Date(NOON) },
    ]);
  });
});

describe('recording what the workflow decided on its own', () => {
  const record = ({ brand, order }: PlacedOrder, records: readonly WorkflowRecord[]) =>
    createRecordEvent(ledger)({ brand, order, asOf: NOON, records });

  it('a step that the facts ruled out has a message that was skipped and a decision, one of each', async () => {
    const order = await placedOrder(ledger.db);
    const skipped = { kind: 'skipped', message: intended(order), reason: 'superseded' } as const;
    await record(order, [skipped]);
    await record(order, [skipped]);
    const messages: object[] = await ledger.db('messages').where({ order_id: order.order }).select('state', 'reason');
    expect(messages).toEqual([{ state: 'skipped', reason: 'superseded' }]);
    const decisions: object[] = await ledger.db('decisions').where({ order_id: order.order }).select('outcome', 'rule');
    expect(decisions).toEqual([{ outcome: 'skip', rule: 'journey.superseded' }]);
  });

  it('an operator command stands in the history once, and is not told to the workflow again', async () => {
    const order = await placedOrder(ledger.db);
    const command = { kind: 'command', id: 'command-1', type: 'paused', until: NOON + 1000 } as const;
    await record(order, [command]);
    await record(order, [command]);
    expect(await inboxOf(order, 'command.paused')).toEqual([
      { event_id: 'command-1', payload: { until: NOON + 1000 }, applied_at: new Date(NOON) },
    ]);
  });

  it('a pause and a skipped step are two records', async () => {
    const order = await placedOrder(ledger.db);
    await record(order, [
      { kind: 'command', id: 'command-1', type: 'paused' },
      { kind: 'command', id: 'command-2', type: 'step_skipped', step: 'bundle_offer' },
    ]);
    expect(await inboxOf(order, 'command.paused')).toMatchObject([{ payload: {} }]);
    expect(await inboxOf(order, 'command.step_skipped')).toMatchObject([{ payload: { step: 'bundle_offer' } }]);
  });
});
