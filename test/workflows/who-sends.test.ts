/** A message that the send queue sends is an activity in the history of its run. One that is sent in the workflow task is none. */
import { expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../domain/time/duration.ts';
import { consentWorkflowId, orderWorkflowId, replyWorkflowId } from '../../workflows/contract.ts';
import { failoverJourney, rcsBrand } from '../helpers/failover.ts';
import { consent } from '../helpers/orders.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

/** A send that took a second counts as slow, and the next ones take the queue. Beside other work a send may take that long. */
const inPlaceLimits = { slow: Infinity, patience: 60_000 };
const shop = virtualShop({ brand: rcsBrand, journey: failoverJourney, inPlaceLimits });

async function queuedBy(workflow: string): Promise<number> {
  const { events } = await shop.environment.client.workflow.getHandle(workflow).fetchHistory();
  const named = (events ?? []).map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name);
  return named.filter((name) => name === 'sendMessage').length;
}

it('a message that has another channel behind it takes the queue, and the one on the last channel does not', async () => {
  await shop.until(10);
  shop.faultOfNextOrder({ kind: 'held_receipts', times: 1 });
  const { id, phone } = await shop.order();
  await shop.pass(1000);
  await shop.time.settled();
  const took = (): number => shop.vonage.messages().filter(({ to }) => to === phone).length;
  // The run has been told of its order, and takes its time.
  await expect.poll(took).toBe(1);
  expect(await queuedBy(orderWorkflowId(rcsBrand.id, id))).toBe(1);
  await shop.pass(11 * MINUTE);
  expect([took(), await queuedBy(orderWorkflowId(rcsBrand.id, id))]).toEqual([2, 1]);
});

it('a reply is sent in the task of its workflow', async () => {
  await shop.until(10);
  const { phone } = await shop.order();
  await shop.pass(HOUR);
  await shop.says(phone, 'STOP');
  await shop.pass(MINUTE);
  const reply = await shop
    .db('messages')
    .whereNull('order_id')
    .where({ kind: 'opt_out_confirmed' })
    .first('occurrence', 'state');
  expect(reply).toMatchObject({ state: 'delivered' });
  expect(await queuedBy(replyWorkflowId(rcsBrand.id, reply.occurrence))).toBe(0);
});

it('the question whether a consent is confirmed is sent in the task of its workflow', async () => {
  await shop.until(11);
  const ticked = consent({ basis: 'express_written', at: new Date(await shop.time.now()).toISOString() });
  const customer = { phone: '+49 1512 3456789', locale: 'en', consents: [ticked] };
  const { id } = await shop.order({ customer, shippingAddress: { country: 'DE' } });
  await shop.pass(HOUR);
  const { contact_id: contact } = await shop.db('orders').where({ id }).first('contact_id');
  const asked = await shop.db('messages').where({ contact_id: contact, kind: 'consent_request' }).first('state');
  expect(asked).toMatchObject({ state: 'delivered' });
  expect(await queuedBy(consentWorkflowId(rcsBrand.id, contact))).toBe(0);
});
