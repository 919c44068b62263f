/** A time in which Temporal cannot be reached, while the shop, the provider and customers go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Errand, Load } from './load.ts';
import type { Outage } from './recovery.ts';
import type { RestartStage } from './stage.ts';

export interface Away extends Outage {
  /** Messages that have to reach the persons who say STOP in that time, besides those from before. */
  readonly answers: readonly Errand[];
  /** Calls of the shop and webhooks of the provider that were not answered 2xx. */
  readonly refused: number;
  /** Receipts and texts that came meanwhile. */
  readonly webhooks: number;
}

/** Customers who say STOP; receipts that are on their way when the route is cut. */
const STOPS = 3;
const RECEIPTS = 5;

/** Cuts the route to Temporal for `ms`. */
export async function disconnect(stage: RestartStage, load: Load, ms: number): Promise<Away> {
  const { toTemporal, vonage, brand } = stage;
  vonage.setFault({ kind: 'held_receipts', times: RECEIPTS });
  const taken = vonage.messages().length;
  while (vonage.messages().length < taken + RECEIPTS) await sleep(50);
  const leaving = finishedOrders(load, stage).slice(0, STOPS);
  if (leaving.length < STOPS) throw new Error('too few orders to say STOP to');
  const before = { webhooks: vonage.webhooks().length, refused: load.refused.length };

  toTemporal.cut();
  const downAt = Date.now();
  await sleep(ms / 2);
  await vonage.deliverReceipts();
  const answers: Errand[] = [];
  for (const { order, phone } of leaving) {
    const triedAt = Date.now();
    const status = await vonage.reply(phone, brand.sender, 'STOP');
    if (status !== 200) throw new Error(`STOP was answered ${status}`);
    answers.push({ order, phone, kind: 'opt_out_confirmed', fate: 'sent', triedAt, acknowledgedAt: Date.now() });
    await load.reportInVain(order);
  }
  await sleep(Math.max(0, downAt + ms - Date.now()));
  const webhooks = vonage.webhooks().slice(before.webhooks);
  const refused = load.refused.length - before.refused + webhooks.filter(({ httpStatus }) => httpStatus !== 200).length;
  toTemporal.mend();
  return { downAt, backAt: Date.now(), answers, refused, webhooks: webhooks.length };
}

/** Orders whose messages have all been taken: nothing of theirs is on its way. */
function finishedOrders({ errands }: Load, { vonage }: RestartStage): readonly Errand[] {
  const byPhone = Map.groupBy(vonage.messages(), ({ to }) => to);
  return errands.filter(({ kind, phone }) => kind === 'order_confirmation' && byPhone.get(phone)?.length === 2);
}
