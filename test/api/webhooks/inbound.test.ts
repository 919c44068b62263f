import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { MINUTE } from '../../../domain/time/duration.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { inboundOf } from '../../../vonage/fake/receipts.ts';
import { validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop, validBrand } from '../shop.ts';
import { SENDER, sendMessage } from './webhooks-sent.ts';

const TOLL_FREE = '+18005550199';
const SHORT_CODE = '36179';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
  const senders = {
    US: { sender: TOLL_FREE, senderKind: 'toll_free', stopHandledBy: 'carrier' },
    CA: { sender: SHORT_CODE },
    FR: { sender: 'Bottega', optOutCode: '36180' },
  } as const;
  await saveBrand(shop.db, validBrand({ senders }), shop.clock.at);
});
afterAll(() => shop.close());

let count = 0;
/** Each place has numbers enough for every test. */
const NUMBERS = {
  IT: () => `+39340${String(1_000_000 + count)}`,
  US: () => `+1212736${String(1000 + count)}`,
  CA: () => `+1416736${String(1000 + count)}`,
};

interface Customer {
  readonly phone: string;
  readonly order: string;
  readonly contact: string;
}

async function customerIn(place: keyof typeof NUMBERS): Promise<Customer> {
  count += 1;
  const phone = NUMBERS[place]();
  const { id: order, contact } = (await shop.post('/v1/orders', validOrder({ customer: { phone } }))).body;
  return { phone, order, contact };
}

let italian: Customer;
beforeEach(async () => {
  shop.clock.at += 60 * MINUTE;
  italian = await customerIn('IT');
});

async function writes({ phone }: Customer, words: string, to = SENDER): Promise<void> {
  shop.clock.at += 1000;
  expect((await shop.webhook('inbound', inboundOf(phone, to, words, shop.clock.at))).status).toBe(200);
}
const isStopped = async ({ contact }: Customer): Promise<boolean> =>
  (await shop.get(`/v1/contacts/${contact}`)).body.addresses[0].suppressed;
const inboundOfPhone = ({ phone }: Customer) =>
  shop.db('inbound_messages').where({ address: phone }).orderBy('received_at');
const repliesTo = (customer: Customer): Promise<(string | null)[]> => inboundOfPhone(customer).pluck('reply');
const meaningsOf = (customer: Customer): Promise<string[]> => inboundOfPhone(customer).pluck('meaning');
const casesOf = ({ contact }: Customer) =>
  shop.db('cases').where({ contact_id: contact }).select('kind', 'order_id', 'holds_promotions');
const sent = (customer: Customer, kind: MessageKind) => sendMessage(shop, customer, kind);

describe('a wish to stop in a sentence', () => {
  it('from a number of the US or Canada opts out at once', async () => {
    for (const place of ['US', 'CA'] as const) {
      const customer = await customerIn(place);
      await writes(customer, 'stop texting me', SENDER);
      expect(await isStopped(customer)).toBe(true);
      expect(await repliesTo(customer)).toEqual(['opt_out_confirmed']);
      expect(await casesOf(customer)).toEqual([]);
    }
  });

  it('from elsewhere goes to an agent, and promotions are held', async () => {
    await writes(italian, 'non scrivetemi più');
    expect(await isStopped(italian)).toBe(false);
    expect(await casesOf(italian)).toEqual([
      { kind: 'unclear_opt_out', order_id: italian.order, holds_promotions: true },
    ]);
    expect(await repliesTo(italian)).toEqual([null]);
  });

  it('holds up a promotion that has passed its gate already', async () => {
    const version = () => shop.db('contacts').where({ id: italian.contact }).first('gate_version');
    const before = await version();
    await writes(italian, 'basta messaggi');
    expect(await version()).not.toEqual(before);
  });
});

describe('courtesy', () => {
  it('opens no case and tells the order nothing, and is kept in the conversation', async () => {
    const facts = () => shop.db('inbox').where({ order_id: italian.order }).pluck('type');
    const before = await facts();
    const texts = ['Grazie mille!', 'ok', '👍', '네'];
    for (const text of texts) await writes(italian, text);
    expect(await casesOf(italian)).toEqual([]);
    expect(await facts()).toEqual(before);
    expect(await meaningsOf(italian)).toEqual(texts.map(() => 'courtesy'));
    expect(await repliesTo(italian)).toEqual(texts.map(() => null));
    const { timeline } = (await shop.get(`/v1/orders/${italian.order}`)).body;
    for (const text of texts)
      expect(timeline).toContainEqual(expect.objectContaining({ what: 'customer', text, meaning: 'courtesy' }));
  });

  it('beside a question is a question', async () => {
    await writes(italian, 'thanks but where is my parcel?');
    expect(await casesOf(italian)).toMatchObject([{ kind: 'question' }]);
  });
});

describe('"Can I stop by the shop?"', () => {
  it('is a question, and from the US it holds promotions until it is read', async () => {
    const american = await customerIn('US');
    for (const customer of [italian, american]) {
      await writes(customer, 'Can I stop by the shop?', SENDER);
      expect(await isStopped(customer)).toBe(false);
      expect(await casesOf(customer)).toEqual([
        { kind: 'question', order_id: customer.order, holds_promotions: customer === american },
      ]);
    }
  });
});

describe('CANCEL', () => {
  it('opts out, opens a case about the latest order, and asks which of the two was meant', async () => {
    await sent(italian, 'shipped');
    await writes(italian, 'CANCEL');
    expect(await isStopped(italian)).toBe(true);
    expect(await casesOf(italian)).toEqual([
      { kind: 'order_cancellation', order_id: italian.order, holds_promotions: false },
    ]);
    expect(await repliesTo(italian)).toEqual(['opt_out_or_order']);
  });

  it('of a stranger opts out', async () => {
    const stranger = { phone: '+393479999999', order: '', contact: '' };
    await writes(stranger, 'Cancella');
    expect(await meaningsOf(stranger)).toEqual(['stop']);
    expect(await repliesTo(stranger)).toEqual([null]);
  });
});

describe('an opt-out', () => {
  it('is confirmed once, until it is taken back', async () => {
    for (const words of ['STOP', 'Stop!', 'CANCEL', 'START', 'STOP', 'stop']) await writes(italian, words);
    expect(await repliesTo(italian)).toEqual([
      'opt_out_confirmed',
      null,
      null,
      'opt_in_confirmed',
      'opt_out_confirmed',
      null,
    ]);
    expect(await casesOf(italian)).toMatchObject([{ kind: 'order_cancellation' }]);
  });

  it('that the provider delivers twice is confirmed once', async () => {
    shop.clock.at += 1000;
    const webhook = inboundOf(italian.phone, SENDER, 'STOP', shop.clock.at);
    for (const _time of ['first', 'second']) expect((await shop.webhook('inbound', webhook)).status).toBe(200);
    expect(await repliesTo(italian)).toEqual(['opt_out_confirmed']);
  });

  it('whose confirmation never went out in its five minutes is confirmed when it is said again', async () => {
    await writes(italian, 'STOP');
    shop.clock.at += 6 * MINUTE;
    await writes(italian, 'STOP');
    expect(await repliesTo(italian)).toEqual(['opt_out_confirmed', 'opt_out_confirmed']);
  });

  it('that a later START has overtaken is not confirmed', async () => {
    const late = shop.clock.at;
    await writes(italian, 'START');
    await shop.webhook('inbound', inboundOf(italian.phone, SENDER, 'STOP', late - MINUTE));
    expect(await isStopped(italian)).toBe(false);
    expect(await shop.db('inbound_messages').where({ address: italian.phone, meaning: 'stop' }).pluck('reply')).toEqual(
      [null],
    );
  });

  it('that a carrier answers is ours to keep and not to confirm', async () => {
    const american = await customerIn('US');
    for (const words of ['STOP', 'START', 'HELP']) await writes(american, words, TOLL_FREE);
    expect(await repliesTo(american)).toEqual([null, null, 'help']);
    await writes(american, 'STOP', TOLL_FREE);
    expect(await isStopped(american)).toBe(true);
  });

  it('to a Canadian short code is answered each time', async () => {
    const canadian = await customerIn('CA');
    for (const words of ['STOP', 'ARRET', 'STOP']) await writes(canadian, words, SHORT_CODE);
    expect(await repliesTo(canadian)).toEqual(Array(3).fill('opt_out_confirmed'));
  });

  it('to one sender holds for all senders of the brand', async () => {
    await writes(italian, 'STOP', TOLL_FREE);
    expect(await isStopped(italian)).toBe(true);
  });

  it('written in several parts is read as the whole the provider makes of them', async () => {
    const american = await customerIn('US');
    const long = `${'Thank you for the lovely coffee. '.repeat(8)}But please do not text me any more.`;
    const body = {
      ...inboundOf(american.phone, SENDER, long, shop.clock.at),
      sms: { num_messages: '2', keyword: 'THANK' },
    };
    await shop.webhook('inbound', body);
    expect(await meaningsOf(american)).toEqual(['stop']);
  });
});

describe('YES, NO and digits', () => {
  it('mean nothing while nothing is open', async () => {
    for (const words of ['YES', 'NO', '5']) await writes(italian, words);
    expect(await meaningsOf(italian)).toEqual(['courtesy', 'question', 'question']);
    expect(await isStopped(italian)).toBe(false);
  });

  const consentActions = ({ contact }: Customer) =>
    shop.db('consents').where({ contact_id: contact, class: 'promotional' }).orderBy('id').pluck('action');

  async function agreed(customer: Customer): Promise<void> {
    const at = new Date(shop.clock.at).toISOString();
    const consent = { class: 'promotional', action: 'granted', wording: 'Offers by SMS', source: 'form', at };
    expect((await shop.post(`/v1/contacts/${customer.contact}/consents`, consent)).status).toBeLessThan(300);
    await sent(customer, 'consent_request');
  }

  it('YES confirms the consent that was asked for, once', async () => {
    await agreed(italian);
    await writes(italian, 'Sì');
    await writes(italian, 'Sì');
    expect(await meaningsOf(italian)).toEqual(['confirmed', 'courtesy']);
    expect((await consentActions(italian)).at(-1)).toBe('confirmed');
  });

  it('NO withdraws it, and the number is not stopped', async () => {
    await agreed(italian);
    await writes(italian, 'No');
    expect(await meaningsOf(italian)).toEqual(['declined']);
    expect((await consentActions(italian)).at(-1)).toBe('withdrawn');
    expect(await isStopped(italian)).toBe(false);
  });

  it('YES after a STOP opens nothing again', async () => {
    await agreed(italian);
    await writes(italian, 'STOP');
    await writes(italian, 'YES');
    expect(await meaningsOf(italian)).toEqual(['stop', 'courtesy']);
    expect(await isStopped(italian)).toBe(true);
  });
});

describe('a number that was reported as unreachable', () => {
  const unusable = ({ phone }: Customer) => shop.db('addresses').where({ address: phone }).update({ usable: false });
  const isUsable = async ({ contact }: Customer): Promise<boolean> =>
    (await shop.get(`/v1/contacts/${contact}`)).body.addresses[0].usable;

  it('is written to again after a reply from it', async () => {
    await unusable(italian);
    expect(await isUsable(italian)).toBe(false);
    await writes(italian, 'Quando arriva?');
    expect(await isUsable(italian)).toBe(true);
    await sent(italian, 'shipped');
    expect(await shop.db('messages').where({ contact_id: italian.contact, kind: 'shipped' }).pluck('state')).toEqual([
      'accepted',
    ]);
  });

  it('is written to again after a new order', async () => {
    await unusable(italian);
    await shop.post('/v1/orders', validOrder({ customer: { phone: italian.phone } }));
    expect(await isUsable(italian)).toBe(true);
  });

  it('and is stopped stays stopped, whatever it writes, orders or receives', async () => {
    await writes(italian, 'STOP');
    await unusable(italian);
    await writes(italian, 'Quando arriva?');
    await shop.post('/v1/orders', validOrder({ customer: { phone: italian.phone } }));
    expect(await isUsable(italian)).toBe(true);
    expect(await isStopped(italian)).toBe(true);
  });

  it('of one brand or of one writer says nothing about another', async () => {
    const other = await customerIn('IT');
    await unusable(other);
    await writes(italian, 'Quando arriva?');
    expect(await isUsable(other)).toBe(false);
  });
});
