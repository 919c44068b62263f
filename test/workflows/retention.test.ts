import { expect, it } from 'vitest';
import { recordStatus } from '../../db/sending/ledger/statuses.ts';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { ORDERS_QUEUE, RETENTION } from '../../workflows/contract.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();

const run = (): Promise<Record<string, number>> =>
  shop.environment.client.workflow.execute(RETENTION, { taskQueue: ORDERS_QUEUE, workflowId: RETENTION, args: [] });

it('a run of the daily work takes texts of 90 days ago, leaves the order’s story readable, and has nothing left to do', async () => {
  await shop.until(10);
  const { id, phone } = await shop.order();
  await shop.pass(DAY);
  await shop.event(id, 'parcel_delivered', { parcel: { id: 'box' } });
  await shop.says(phone, 'Tutto bene?');
  await shop.pass(95 * DAY);
  const before = await shop.story(id);
  expect(await run()).toMatchObject({ inbound_texts: 1, decisions: 0, pseudonyms: 0 });
  expect(await shop.story(id)).toEqual(before);
  const [confirmation] = (await shop.entries(id)).filter((entry) => entry.what === 'sent');
  expect(confirmation).toMatchObject({ kind: 'order_confirmation', text: '' });
  expect(await run()).toMatchObject({ message_texts: 0, inbound_texts: 0 });
});

it('a run of the daily work has the provider forget what it named after its person was erased', async () => {
  await shop.until(10);
  const { id, phone } = await shop.order();
  await shop.pass(HOUR);
  // As if neither its answer nor a receipt had come yet.
  const [attempt] = await shop
    .db('attempts')
    .orderBy('id', 'desc')
    .limit(1)
    .select<{ id: number; client_ref: string }[]>();
  await shop.db('statuses').where({ attempt_id: attempt?.id }).delete();
  await shop
    .db('attempts')
    .where({ id: attempt?.id })
    .update({ provider_id: null, outcome: 'unknown', settled_by: null });
  const erasure = await shop.erase(id);
  const status = (): Promise<object> =>
    shop.db('erasure_redactions').where({ erasure_id: erasure }).select('direction', 'result');
  expect(await status()).toEqual([]);
  const providerId = shop.vonage.messages().find(({ to }) => to === phone)?.providerId ?? '';
  const now = await shop.time.now();
  const receipt = { clientRef: attempt?.client_ref ?? '', providerId, receipt: 'delivered', at: now } as const;
  await recordStatus(shop.db, receipt, now);
  await run();
  expect(await status()).toEqual([{ direction: 'outbound', result: 'redacted' }]);
});
