import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAskStillWanted } from '../../../activities/send/ask-still-wanted.ts';
import { recordUnknown } from '../../../db/sending/ledger/attempts.ts';
import { storeFact } from '../../../db/orders/inbox.ts';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, openLedger, placedOrder, planned, ledgerRowOf, submitted } from '../../helpers/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

const ask = (message: string, asOf = NOON) => createAskStillWanted({ db: ledger.db })({ message, asOf });

/** The confirmation of an order of its own, about to be sent again. No workflow runs: only what is on record counts. */
async function confirmation(): Promise<{ message: string; order: PlacedOrder }> {
  const order = await placedOrder(ledger.db);
  return { message: await planned(ledger.db, order, { kind: 'order_confirmation' }), order };
}

const learn = ({ brand, order }: PlacedOrder, type: string, payload: object = {}) =>
  storeFact(ledger.db, {
    brand,
    order,
    source: 'dopo',
    id: randomUUID(),
    type,
    at: NOON,
    payload,
    requestHash: Buffer.alloc(0),
    now: NOON,
  });

describe('a message that is to be sent again', () => {
  it('is wanted as long as nothing stands against it', async () => {
    const { message } = await confirmation();
    expect(await ask(message)).toEqual({ kind: 'wanted' });
  });

  it.each([
    ['order_cancelled', {}, 'order_cancelled'],
    ['return_received', {}, 'order_returned'],
    ['command.step_skipped', { step: 'order_confirmation' }, 'skipped_by_operator'],
    ['command.messages_cancelled', {}, 'messages_cancelled_by_operator'],
  ])('is skipped for good after %s, with its reason on record', async (type, payload, reason) => {
    const { message, order } = await confirmation();
    await learn(order, type, payload);
    expect(await ask(message)).toEqual({ kind: 'skip', reason });
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'skipped', reason });
    const decisions = await ledger.db('decisions').where({ order_id: order.order, outcome: 'skip' });
    expect(decisions).toMatchObject([{ reason, rule: `journey.${reason}` }]);
  });

  it('is skipped as too late once its journey has no use for it any more', async () => {
    const { message } = await confirmation();
    expect(await ask(message, NOON + 2 * DAY)).toEqual({ kind: 'skip', reason: 'too_late' });
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'expired' });
  });

  it('whose outcome is unknown is settled and not sent again when the order has no use for it', async () => {
    const { message, order } = await confirmation();
    await submitted(ledger.db, message);
    await recordUnknown(ledger.db, message, 'timeout', NOON);
    await learn(order, 'order_cancelled');
    expect(await ask(message)).toEqual({ kind: 'settle_only' });
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'unknown' });
  });

  it('waits while its order is paused', async () => {
    const { message, order } = await confirmation();
    await learn(order, 'command.paused', { until: NOON + HOUR });
    expect(await ask(message)).toMatchObject({ kind: 'wait', until: NOON + HOUR });
    expect(await ask(message, NOON + HOUR)).toEqual({ kind: 'wanted' });
    await learn(order, 'command.paused');
    expect(await ask(message)).toMatchObject({ kind: 'wait', until: NOON + 4 * HOUR });
    await learn(order, 'command.resumed');
    expect(await ask(message)).toEqual({ kind: 'wanted' });
  });

  it('about no order is wanted: its gate decides again when it is sent', async () => {
    const order = await placedOrder(ledger.db);
    const message = await planned(ledger.db, order, { order: null, kind: 'help', occurrence: randomUUID() });
    expect(await ask(message)).toEqual({ kind: 'wanted' });
  });
});
