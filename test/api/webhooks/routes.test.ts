import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { signWebhook } from '../../../vonage/fake/webhooks.ts';
import { inboundOf } from '../../../vonage/fake/receipts.ts';
import { ORDER_TIME, validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop, WEBHOOK_SECRET } from '../shop.ts';
import { SENDER, sendMessage, statusOf } from './webhooks-sent.ts';
import { tokenOf } from '../../helpers/keys.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

let phones = 0;
let phone: string;
let order: string;
let contact: string;
beforeEach(async () => {
  phones += 1;
  phone = `+39340${1_000_000 + phones}`;
  ({ id: order, contact } = (await shop.post('/v1/orders', validOrder({ customer: { phone } }))).body);
});

const sent = (kind: MessageKind) => sendMessage(shop, { phone, order, contact }, kind);
const status = (of: { clientRef: string; providerId: string }, name: string, error?: string) =>
  statusOf(of, { to: phone, at: shop.clock.at, status: name, ...(error !== undefined && { error }) });
const text = (words: string, to = SENDER) => inboundOf(phone, to, words, shop.clock.at);
const stateOf = async (id: string) => (await shop.db('messages').where({ id }).first('state')).state;
const address = async () => (await shop.get(`/v1/contacts/${contact}`)).body.addresses[0];
const inboxTypes = () => shop.db('inbox').where({ order_id: order }).orderBy('id').pluck('type');

describe('a webhook', () => {
  it.each(['status', 'inbound'])('%s without a token is answered 503, so that it comes again signed', async (kind) => {
    const response = await fetch(`${shop.url}/webhooks/vonage/${kind}`, { method: 'POST', body: '{}' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it.each([
    // It comes again: the setting may be behind what the account has.
    ['another application', 503, { applicationId: 'another' }, 0],
    ['26 hours of age', 401, {}, -26 * 3_600_000],
    ['a time 6 minutes ahead', 401, {}, 6 * 60_000],
  ])('signed with %s is answered %i and stores nothing', async (_, status, signer, shift) => {
    const body = JSON.stringify(text('STOP'));
    const clock = { now: () => shop.clock.at + shift };
    const authorization = await signWebhook(body, {
      clock,
      signatureSecret: WEBHOOK_SECRET,
      apiKey: 'abcd1234',
      ...signer,
    });
    const init = { method: 'POST', headers: { authorization }, body };
    expect((await fetch(`${shop.url}/webhooks/vonage/inbound`, init)).status).toBe(status);
    expect(await shop.db('inbound_messages').where({ address: phone })).toEqual([]);
  });

  it('whose body is not the signed one is answered 401', async () => {
    const clock = { now: () => shop.clock.at };
    const authorization = await signWebhook('{}', { clock, signatureSecret: WEBHOOK_SECRET, apiKey: 'abcd1234' });
    const init = { method: 'POST', headers: { authorization }, body: JSON.stringify(text('STOP')) };
    expect((await fetch(`${shop.url}/webhooks/vonage/inbound`, init)).status).toBe(401);
  });
});

describe('a status', () => {
  it('moves its message up, never down, whatever the order and however often it comes', async () => {
    const one = await sent('shipped');
    for (const name of ['delivered', 'submitted', 'delivered', 'undeliverable'])
      expect((await shop.webhook('status', status(one, name))).status).toBe(200);
    expect(await stateOf(one.message)).toBe('delivered');
  });

  it('with the code of an opt-out stops the number, once', async () => {
    const one = await sent('shipped');
    await shop.webhook('status', status(one, 'rejected', '1240'));
    await shop.webhook('status', status(one, 'rejected', '1240'));
    expect(await address()).toMatchObject({ suppressed: true, usable: true });
    expect(await shop.db('suppressions').where({ token: tokenOf('bottega', phone) })).toMatchObject([
      { source: 'provider:1240' },
    ]);
  });

  it('with the code of a dead number makes it unusable, and nothing else', async () => {
    await shop.webhook('status', status(await sent('shipped'), 'undeliverable', '1190'));
    expect(await address()).toMatchObject({ suppressed: false, usable: false });
  });

  it('with a code about the text leaves the number alone', async () => {
    await shop.webhook('status', status(await sent('shipped'), 'rejected', '1420'));
    expect(await address()).toMatchObject({ suppressed: false, usable: true });
  });
});

describe('a text of a customer', () => {
  it('STOP stops the number at once and is confirmed once, however often it is delivered', async () => {
    const stop = text('«Stop!» 🛑');
    for (let times = 0; times < 3; times += 1) expect((await shop.webhook('inbound', stop)).status).toBe(200);
    expect((await address()).suppressed).toBe(true);
    expect(await shop.db('suppressions').where({ token: tokenOf('bottega', phone) })).toHaveLength(1);
    expect(await shop.db('inbound_messages').where({ address: phone })).toMatchObject([
      { meaning: 'stop', reply: 'opt_out_confirmed', replied_at: null },
    ]);
  });

  it('START opens the number again and HELP only asks for help', async () => {
    await shop.webhook('inbound', text('STOP'));
    await shop.webhook('inbound', text('HELP'));
    expect((await address()).suppressed).toBe(true);
    await shop.webhook('inbound', text('수신동의'));
    expect((await address()).suppressed).toBe(false);
    const replies = await shop.db('inbound_messages').where({ address: phone }).orderBy('received_at').pluck('reply');
    expect(new Set(replies)).toEqual(new Set(['help', 'opt_in_confirmed', 'opt_out_confirmed']));
  });

  it('STOP from an unknown number is recorded and not answered', async () => {
    const stranger = '+393471230000';
    await shop.webhook('inbound', inboundOf(stranger, SENDER, 'STOP', shop.clock.at));
    expect(await shop.db('suppressions').where({ token: tokenOf('bottega', stranger) })).toHaveLength(1);
    expect(await shop.db('inbound_messages').where({ address: stranger })).toMatchObject([{ reply: null }]);
  });

  it("STOP to one brand leaves another brand's customers alone", async () => {
    await shop.webhook('inbound', text('STOP', '+393399957002'));
    expect((await address()).suppressed).toBe(false);
  });

  it('to a number of no brand is taken without effect', async () => {
    expect((await shop.webhook('inbound', text('STOP', '+393999999999'))).status).toBe(200);
    expect(await shop.db('inbound_messages').where({ address: phone })).toEqual([]);
  });

  it('is a rating while the question is open, and a question after that', async () => {
    await sent('rating_request');
    await shop.webhook('inbound', text('2, pacco rotto'));
    await shop.webhook('inbound', text('5'));
    expect(await inboxTypes()).toEqual(['order_placed', 'rated', 'case_opened']);
    const timeline = (await shop.get(`/v1/orders/${order}`)).body.timeline;
    expect(timeline).toContainEqual(expect.objectContaining({ what: 'customer', meaning: 'rated', score: 2 }));
    expect(timeline).toContainEqual(expect.objectContaining({ what: 'case_opened', kind: 'question' }));
  });

  it.each(['5. I hate it', '4, it leaks', '5 :(', '1. Best coffee ever'])(
    'is no rating but a case for a person while the question is open: "%s"',
    async (words) => {
      await sent('rating_request');
      await shop.webhook('inbound', text(words));
      expect(await inboxTypes()).toEqual(['order_placed', 'case_opened']);
      expect(await shop.db('cases').where({ order_id: order })).toMatchObject([{ kind: 'question', closed_at: null }]);
    },
  );

  it('is an nps score up to 10 when that was asked', async () => {
    await sent('nps_request');
    await shop.webhook('inbound', text('10'));
    expect(await inboxTypes()).toEqual(['order_placed', 'nps_given']);
  });

  it('that asks something opens one case for it', async () => {
    const question = text('Can I stop by the shop?');
    await shop.webhook('inbound', question);
    await shop.webhook('inbound', question);
    expect((await address()).suppressed).toBe(false);
    expect(await shop.db('cases').where({ order_id: order })).toMatchObject([
      { kind: 'question', contact_id: contact },
    ]);
    expect(await inboxTypes()).toEqual(['order_placed', 'case_opened']);
  });

  it('with characters that cannot be stored is stored without them', async () => {
    expect((await shop.webhook('inbound', text('ciao\0 \ud83d'))).status).toBe(200);
    expect(await shop.db('inbound_messages').where({ address: phone }).pluck('text')).toEqual(['ciao \ufffd']);
  });

  it('from a clock ahead of ours counts as sent now', async () => {
    await shop.webhook('inbound', { ...text('STOP'), timestamp: new Date(ORDER_TIME + DAY).toISOString() });
    const [row] = await shop.db('suppressions').where({ token: tokenOf('bottega', phone) });
    expect(row.occurred_at.getTime()).toBe(shop.clock.at);
  });

  it('appears in no log line', () => {
    expect(shop.logged.join('')).not.toMatch(/pacco rotto|stop by the shop|\+39340/);
  });
});
