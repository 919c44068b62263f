import { afterAll, beforeAll, expect, it } from 'vitest';
import { changeSuppression } from '../../db/consent/change-suppression.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import { storeOf } from '../helpers/keys.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, placedOrder, planned } from '../helpers/ledger.ts';
import type { Sending } from './send/sending.ts';
import { startSending } from './send/sending.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

async function confirmation(kind: 'opt_out_confirmed' | 'opt_out_or_order'): Promise<[string, PlacedOrder]> {
  const order = await placedOrder(stage.db);
  const { brand, phone: address } = order;
  const stop = { brand, address, state: 'stopped', source: 'inbound:1', at: NOON } as const;
  await changeSuppression(storeOf(stage.db), stop, NOON);
  return [await planned(stage.db, order, { kind, order: null, occurrence: order.order, inReply: true }), order];
}

it.each(['opt_out_confirmed', 'opt_out_or_order'] as const)('%s reaches a number that is stopped', async (kind) => {
  const [message] = await confirmation(kind);
  expect(await stage.send(message, { asOf: NOON + 4 * MINUTE })).toEqual({ kind: 'accepted' });
});

it('a confirmation that could not be sent for six minutes is not sent any more', async () => {
  stage.requests();
  const [message, order] = await confirmation('opt_out_confirmed');
  expect(await stage.send(message, { asOf: NOON, startedAt: NOON + 6 * MINUTE })).toEqual({
    kind: 'skip',
    reason: 'too_late',
  });
  expect(stage.requests()).toBe(0);
  const late = { kind: 'opt_out_confirmed', order: null, occurrence: 'another', inReply: true } as const;
  expect(await stage.check(order, late, NOON + 6 * MINUTE)).toEqual({ kind: 'skip', reason: 'too_late' });
});
