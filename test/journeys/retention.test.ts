import { expect, it } from 'vitest';
import { DAY } from '../../domain/duration.ts';
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
