/** The ways to say no: texts to the brand and withdrawals of a consent, through the API's process or by its own functions. */
import { randomUUID } from 'node:crypto';
import { findBrandBySender } from '../../../db/orders/brands.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { recordConsents } from '../../../db/consent/consents.ts';
import { receiveText } from '../../../commands/conversation/receive-reply.ts';
import type { ShopClient } from '../../../demo/shop-client.ts';
import type { WordIndex } from '../../../domain/conversation/inbound.ts';
import { kindRule } from '../../../domain/sending/message.ts';
import { inboundOf } from '../../../vonage/fake/receipts.ts';
import type { WebhookSigner } from '../../../vonage/fake/webhooks.ts';
import { signWebhook } from '../../../vonage/fake/webhooks.ts';
import { drillConsent, customerPhoneOf } from './customers.ts';
import type { RacePlan } from './plan.ts';
import { storeOf } from '../../../dev/drill/servers.ts';

export interface Listener {
  readonly db: Db;
  readonly brand: { readonly id: string; readonly sender: string };
  /** A number the brand sent from before. */
  readonly oldNumber: string;
  readonly keywords: WordIndex;
  readonly api: { readonly url: string; readonly shop: ShopClient; readonly signer: WebhookSigner };
}

const BURST = ['STOP', 'START', 'STOP'] as const;

/** Says no as a race has it. Settles when it is stored for good: answered by the API, or committed by the function. */
export async function sayNo(listener: Listener, plan: RacePlan, contact: () => Promise<string>): Promise<void> {
  const { brand, oldNumber } = listener;
  const now = Date.now();
  switch (plan.scenario) {
    case 'stop':
    case 'two_orders':
    case 'newcomer':
      return text(listener, plan, 'STOP', brand.sender, now);
    case 'old_number':
      return text(listener, plan, 'STOP', oldNumber, now);
    case 'burst': {
      // A second apart when they were written, at once when they arrive.
      const texts = BURST.map((words, index) => ({ words, at: now - (BURST.length - index) * 1000 }));
      const arriving = plan.arrival.flatMap((index) => texts[index] ?? []);
      await Promise.all(arriving.map(({ words, at }) => text(listener, plan, words, brand.sender, at)));
      return;
    }
    case 'withdrawal':
      return withdraw(listener, plan, await contact(), now);
  }
}

/** A customer's text. The function's way does what the route does: it finds the brand, then everything else. */
async function text(listener: Listener, plan: RacePlan, words: string, to: string, at: number): Promise<void> {
  const { db, keywords, api } = listener;
  const from = customerPhoneOf(plan.index);
  if (plan.through === 'api') {
    const body = JSON.stringify(inboundOf(from, to, words, at));
    const authorization = await signWebhook(body, api.signer);
    const headers = { 'content-type': 'application/json', authorization };
    const response = await fetch(`${api.url}/webhooks/vonage/inbound`, { method: 'POST', headers, body });
    await response.body?.cancel();
    if (response.status !== 200) throw new Error(`the inbound webhook was answered ${response.status}`);
    return;
  }
  const brand = await findBrandBySender(db, to);
  if (!brand) throw new Error('a text to nobody');
  const received = { brand, channel: 'sms', providerId: randomUUID(), from, to, text: words, at } as const;
  await receiveText(storeOf(db), keywords, received, Date.now());
}

async function withdraw({ db, brand, api }: Listener, plan: RacePlan, contact: string, now: number): Promise<void> {
  const about = kindRule(plan.kind).class;
  if (about === 'compliance') throw new Error('nobody consents to an answer');
  const withdrawal = drillConsent(about, 'withdrawn', now);
  if (plan.through === 'function') return recordConsents(db, brand.id, contact, [withdrawal], now);
  const body = { ...withdrawal, at: new Date(now).toISOString() };
  await api.shop.call('POST', `/v1/contacts/${contact}/consents`, body);
}
