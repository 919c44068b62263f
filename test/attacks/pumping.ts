/** A shop's checkout, and what becomes of each order: the real API, the real gate, and the stand-in for Vonage. */
import { createCheckConsent } from '../../activities/check-consent.ts';
import type { CheckConsentResult } from '../../activities/check-consent.ts';
import { createRenderMessage } from '../../activities/render-message.ts';
import type { SendMessageResult } from '../../domain/sending/intent.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import { loadTemplates } from '../../templates/load.ts';
import type { FakeVonage } from '../../vonage/fake/fake.ts';
import { inboundOf } from '../../vonage/fake/receipts.ts';
import { runSend, rules } from '../activities/send/sending.ts';
import type { Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';
import { SENDER } from '../api/webhooks/webhooks-sent.ts';
import { consent, validOrder } from '../helpers/orders.ts';
import { startStage } from '../vonage/receiver.ts';

export interface TextedCustomer {
  readonly order: string;
  readonly contact: string;
  readonly phone: string;
}

type Sent = SendMessageResult | CheckConsentResult;

export interface Checkout extends Shop {
  readonly fake: FakeVonage;
  /** Places an order; anything but 202 throws. */
  order(
    phone: string,
    country: string,
    customer?: { readonly [name: string]: unknown },
    fulfilment?: string,
  ): Promise<TextedCustomer>;
  /** An order with a new mobile number, by a customer who has agreed to offers the day before. */
  stranger(country: 'IT' | 'GB'): Promise<TextedCustomer>;
  /** Turns the clock to noon in Rome of the next Tuesday: promotions keep Sundays and holidays. */
  nextTuesday(): void;
  /** The activities of the order's workflow: the decision, the text, the sending. */
  send(customer: TextedCustomer, kind: MessageKind, occurrence?: string): Promise<Sent>;
  /** Up to the moment before it is handed over: the gate was asked. Returns the message's id. */
  prepare(customer: TextedCustomer, kind: MessageKind, occurrence?: string): Promise<string | undefined>;
  handOver(message: string): Promise<SendMessageResult>;
  /** The customer writes, and the answer that is owed goes out. Returns what became of it; undefined: none was owed. */
  write(phone: string, words: string): Promise<Sent | undefined>;
  /** Texts that the provider has taken for a number. */
  textsTo(phone: string): number;
}

export async function openCheckout(): Promise<Checkout> {
  const shop = await openShop();
  const { fake, sender, close } = await startStage('manual');
  const { db, clock } = shop;
  const checkConsent = createCheckConsent({ db, rules });
  const renderMessage = createRenderMessage({ db, rules, templates: loadTemplates() });
  const handOver: Checkout['handOver'] = (message) =>
    runSend({ db, rules, sender }, message, { asOf: clock.at, startedAt: clock.at });

  async function ask(
    { contact, order }: { readonly contact: string; readonly order: string | null },
    kind: MessageKind,
    occurrence: string,
  ): Promise<CheckConsentResult> {
    const at = clock.at;
    const checked = await checkConsent({
      brand: 'bottega',
      order,
      contact,
      step: kind,
      occurrence,
      kind,
      channel: 'sms',
      triggeredAt: at,
      dueAt: at,
      usefulUntil: at + kindRule(kind).usefulFor,
      inReply: order === null,
      guards: [],
      asOf: at,
    });
    if (checked.kind === 'send')
      await renderMessage({ message: checked.message, kind, zones: checked.zones, asOf: at });
    return checked;
  }

  async function sendIt(about: { contact: string; order: string | null }, kind: MessageKind, occurrence: string) {
    const checked = await ask(about, kind, occurrence);
    return checked.kind === 'send' ? handOver(checked.message) : checked;
  }

  let tuesday = Date.UTC(2026, 2, 3, 11);
  let strangers = 0;
  const order: Checkout['order'] = async (phone, country, customer = {}, fulfilment = 'shipped') => {
    const placedAt = new Date(clock.at).toISOString();
    const body = validOrder({ customer: { phone, ...customer }, shippingAddress: { country }, placedAt, fulfilment });
    const reply = await shop.post('/v1/orders', body);
    if (reply.status !== 202) throw new Error(`the order was answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return { order: reply.body.id, contact: reply.body.contact, phone: phone.replaceAll(' ', '') };
  };

  return {
    ...shop,
    fake,
    handOver,
    order,
    stranger(country) {
      strangers += 1;
      const phone = country === 'IT' ? `+39347${3_000_000 + strangers}` : `+4474001${10_000 + strangers}`;
      return order(phone, country, { consents: [consent({ at: new Date(clock.at - DAY).toISOString() })] });
    },
    nextTuesday() {
      tuesday += 7 * DAY;
      clock.at = tuesday;
    },
    send: ({ contact, order }, kind, occurrence = '') => sendIt({ contact, order }, kind, occurrence),
    async prepare({ contact, order }, kind, occurrence = '') {
      const checked = await ask({ contact, order }, kind, occurrence);
      return checked.kind === 'send' ? checked.message : undefined;
    },
    async write(phone, words) {
      clock.at += 1000;
      const { status } = await shop.webhook('inbound', inboundOf(phone, SENDER, words, clock.at));
      if (status !== 200) throw new Error(`the webhook was answered ${status}`);
      const { rows } = await db.raw<{ rows: { id: string; contact: string; reply: MessageKind | null }[] }>(
        `select i.id, c.contact_id as contact, i.reply from inbound_messages i join conversations c on c.id = i.conversation_id
          where i.address = ? order by i.received_at desc limit 1`,
        [phone],
      );
      const [last] = rows;
      if (last?.reply == null) return undefined;
      return sendIt({ contact: last.contact, order: null }, last.reply, last.id);
    },
    textsTo: (phone) => fake.messages().filter(({ to }) => to === phone || `+${to}` === phone).length,
    async close() {
      await close();
      await shop.close();
    },
  };
}
