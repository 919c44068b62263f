import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import pino from 'pino';
import { startErasureClock } from '../../app/background/erasure-clock.ts';
import { carryOutShopErasures } from '../../commands/privacy/hold-shop-erasure.ts';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { connect } from '../../db/connection/connect.ts';
import { findSuppression } from '../../db/consent/suppressions.ts';
import { signWebhook } from '../../vonage/fake/webhooks.ts';
import type { ApiReply, Shop } from '../api/shop.ts';
import { SHOP_DOMAIN, SHOP_SECRET, openShop, serve, validBrand } from '../api/shop.ts';
import { storeOf, tokenOf } from '../helpers/keys.ts';
import { ORDER_TIME, validOrder } from '../helpers/orders.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(() => {
  shop.clock.at = ORDER_TIME;
});

const own = { shop_id: 954889, shop_domain: SHOP_DOMAIN };
let requests = 0;
/** No two have the same bytes. */
const dataRequest = () => ({
  ...own,
  customer: { id: 191167, email: 'ada@example.com', phone: '+393334567001' },
  orders_requested: [299938],
  data_request: { id: (requests += 1) },
});
const redactRequest = (customer: number) => ({
  ...own,
  customer: { id: customer, email: 'ada@example.com', phone: null },
  orders_to_redact: [],
});

/** The shop's signature over the body; the attacker chooses topic and address. */
async function send(topic: string, body: object, brand = 'bottega'): Promise<ApiReply> {
  const bytes = JSON.stringify(body);
  const signature = createHmac('sha256', SHOP_SECRET).update(bytes).digest('base64');
  const headers = { 'x-shopify-topic': topic, 'x-shopify-hmac-sha256': signature, authorization: '' };
  return shop.post(`/webhooks/shopify/${brand}`, bytes, headers);
}

async function placed(customer: number): Promise<string> {
  const { body } = await shop.post('/v1/orders', validOrder({ customer: { id: String(customer) } }));
  return body.contact;
}

async function countOf(table: 'erasures' | 'shop_erasures'): Promise<number> {
  const rows = await shop.db(table).select('id');
  return rows.length;
}

async function look(at: number): Promise<number> {
  return carryOutShopErasures(shop.db, at, (_, error) => {
    throw error;
  });
}

async function isErased(contact: string): Promise<boolean> {
  const row: unknown = await shop.db('erasures').where({ contact_id: contact }).first('id');
  return row !== undefined;
}

const heldOnes = async (): Promise<{ id: string; state: string }[]> => {
  const erasures: { id: string; state: string }[] = (await shop.get('/v1/shop-erasures')).body.erasures;
  return erasures.filter(({ state }) => state === 'held');
};
const cancel = (id: string, headers = {}): Promise<ApiReply> =>
  shop.post(`/v1/shop-erasures/${id}/cancel`, { actor: 'ada', reason: 'the shop is still ours' }, headers);

describe('a body that the shop has signed', () => {
  it.each([
    ['a data request', 'shop/redact', dataRequest],
    ['a data request', 'customers/redact', dataRequest],
    ['a redact request', 'shop/redact', () => redactRequest(7)],
    ['a redact request', 'customers/data_request', () => redactRequest(7)],
    ['a shop that has left', 'customers/redact', () => own],
    ['an order', 'customers/redact', () => ({ id: 1, customer: { id: 7 }, line_items: [] })],
    ['an order', 'shop/redact', () => ({ id: 1, customer: { id: 7 }, line_items: [] })],
    ['an empty object', 'shop/redact', () => ({})],
  ])('%s is never taken for %s', async (_, topic, body) => {
    await placed(7);
    const before = [await countOf('erasures'), await countOf('shop_erasures')];
    expect((await send(topic, body())).status).toBe(422);
    expect([await countOf('erasures'), await countOf('shop_erasures')]).toEqual(before);
  });

  it('for another shop of the same app never touches this brand', async () => {
    const contact = await placed(11);
    const elsewhere = { shop_domain: 'altrove.myshopify.example' };
    expect((await send('shop/redact', { ...own, ...elsewhere })).status).toBe(422);
    expect((await send('customers/redact', { ...redactRequest(11), ...elsewhere })).status).toBe(422);
    expect([await isErased(contact), await countOf('shop_erasures')]).toEqual([false, 0]);
  });

  it('never has an effect twice within 30 days: a customer who has come back is not erased by the old request', async () => {
    const before = await placed(12);
    expect((await send('customers/redact', redactRequest(12))).status).toBe(200);
    expect(await isErased(before)).toBe(true);
    const since = await placed(12);
    expect(since).not.toBe(before);
    shop.clock.at += 29 * DAY + 23 * HOUR;
    expect((await send('customers/redact', redactRequest(12))).status).toBe(200);
    expect(await isErased(since)).toBe(false);
  });

  it('that comes twice at the same moment is done once', async () => {
    await placed(14);
    const body = { ...dataRequest(), customer: { id: 14 } };
    const answers = await Promise.all([1, 2, 3, 4].map(() => send('customers/data_request', body)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const open = await shop.db('data_requests').where({ reference: String(body.data_request.id) });
    expect(open).toHaveLength(1);
  });
});

describe('a shop that has left', () => {
  const inTwoDays = (): Promise<number> => look((shop.clock.at += 48 * HOUR));

  it('never has a person erased before 48 hours are over, and the alarm is there at once', async () => {
    const contact = await placed(21);
    expect((await send('shop/redact', own)).status).toBe(200);
    expect(await isErased(contact)).toBe(false);
    expect(shop.logged.some((line) => line.includes('"level":50') && line.includes('erasure of a whole brand'))).toBe(
      true,
    );
    expect((await shop.ops('/metrics')).body).toContain('dopo_shop_erasures_held 1');
    const audit = await shop.get('/v1/audit?action=hold_erasure');
    expect(audit.body.entries[0]).toMatchObject({ actor: 'shopify', subject: { kind: 'brand', id: 'bottega' } });
    expect(await look(shop.clock.at + 48 * HOUR - 1)).toBe(0);
    expect(await isErased(contact)).toBe(false);
  });

  it('never has a person erased once it was cancelled, nor when the same body comes again', async () => {
    const contact = await placed(22);
    const [held] = await heldOnes();
    const id = held?.id ?? '';
    expect((await cancel(id, { authorization: `Bearer ${shop.strangersKey}` })).status).toBe(404);
    expect((await cancel(id)).body).toMatchObject({ id, state: 'cancelled' });
    expect((await cancel(id)).body).toMatchObject({ id, state: 'cancelled' });
    expect((await send('shop/redact', own)).status).toBe(200);
    expect(await inTwoDays()).toBe(0);
    expect(await isErased(contact)).toBe(false);
    const audit = await shop.get('/v1/audit?action=cancel_erasure');
    expect(audit.body.entries).toHaveLength(1);
    expect(audit.body.entries[0]).toMatchObject({ actor: 'test: ada', reason: 'the shop is still ours' });
  });

  it('has every person of the brand erased afterwards, once, and no person of another brand', async () => {
    const contact = await placed(23);
    const stranger = (await shop.post('/v1/orders', validOrder(), { authorization: `Bearer ${shop.strangersKey}` }))
      .body;
    expect((await send('shop/redact', { ...own, shop_id: 2 })).status).toBe(200);
    const [held] = await heldOnes();
    shop.clock.at += 48 * HOUR;
    const at = shop.clock.at;
    expect((await Promise.all([look(at), look(at)])).toSorted((a, b) => a - b)).toEqual([0, 1]);
    expect([await isErased(contact), await isErased(stranger.contact)]).toEqual([true, false]);
    const late = await cancel(held?.id ?? '');
    expect([late.status, late.body.type]).toEqual([409, 'urn:dopo:problem:erasure_begun']);
  });

  it('is begun by the service itself once its time is over, and the erasures are told to the workflows', async () => {
    const contact = await placed(24);
    expect((await send('shop/redact', { ...own, shop_id: 3 })).status).toBe(200);
    const clock = { now: () => shop.clock.at + 48 * HOUR };
    const woken = new Promise<void>((wakeDrainer) => {
      const running = startErasureClock({ tokenOf, db: shop.db, clock, log: pino({ level: 'silent' }), wakeDrainer });
      void running.stop();
    });
    await woken;
    expect(await isErased(contact)).toBe(true);
  });
});

describe('a STOP signed with a secret that is not known here yet', () => {
  const NEW = 'the-new-secret-of-the-account-at-the-provider';
  const FORMER = 'the-former-secret-of-the-account-there';

  async function stop(url: string, from: string, age = 0, applicationId?: string): Promise<number> {
    const signer = {
      clock: { now: () => shop.clock.at - age },
      signatureSecret: NEW,
      apiKey: 'abcd1234',
      ...(applicationId !== undefined && { applicationId }),
    };
    const rawBody = JSON.stringify(inboundText(from));
    const authorization = await signWebhook(rawBody, signer);
    const init = { method: 'POST', headers: { authorization }, body: rawBody };
    return (await fetch(`${url}/webhooks/vonage/inbound`, init)).status;
  }
  const inboundText = (from: string) => ({
    channel: 'sms',
    message_uuid: randomUUID(),
    to: validBrand().sender.slice(1),
    from: from.slice(1),
    timestamp: new Date(shop.clock.at).toISOString(),
    message_type: 'text',
    text: 'STOP',
  });
  const isStopped = async (phone: string): Promise<boolean> =>
    (await findSuppression(storeOf(shop.db), 'bottega', phone)) !== undefined;

  it('never is lost: it comes again for 25 hours, and counts as soon as the secret is set', async () => {
    const phone = '+393334567991';
    expect(await stop(shop.url, phone)).toBe(503);
    expect(await isStopped(phone)).toBe(false);
    const clock = { now: () => shop.clock.at };
    const renewed = await serve(connect(shop.databaseUrl), { clock, webhookSecrets: [NEW, FORMER] });
    expect(await stop(renewed.url, phone, 24 * HOUR)).toBe(200);
    await renewed.close();
    expect(await isStopped(phone)).toBe(true);
  });

  it('never is lost to a wrong application id: it comes again for as long, and counts as soon as ours is right', async () => {
    const phone = '+393334567994';
    const clock = { now: () => shop.clock.at };
    const other = await serve(connect(shop.databaseUrl), { clock, webhookSecrets: [NEW], applicationId: 'theirs' });
    expect(await stop(other.url, phone, 25 * HOUR, 'ours')).toBe(503);
    expect(await stop(other.url, phone, 25 * HOUR + 1000, 'ours')).toBe(401);
    const metrics = await (await fetch(`${other.opsUrl}/metrics`)).text();
    expect(metrics).toContain('dopo_webhooks_total{kind="inbound",result="other_application"}');
    await other.close();
    const right = await serve(connect(shop.databaseUrl), { clock, webhookSecrets: [NEW], applicationId: 'ours' });
    expect(await stop(right.url, phone, 24 * HOUR, 'ours')).toBe(200);
    await right.close();
    expect(await isStopped(phone)).toBe(true);
  });

  it('never keeps the provider busy for longer: after 25 hours it is refused for good', async () => {
    expect(await stop(shop.url, '+393334567992', 25 * HOUR)).toBe(503);
    expect(await stop(shop.url, '+393334567992', 25 * HOUR + 1000)).toBe(401);
  });

  it('never fills anything, however many come: one note a second, no line of an error, no row besides', async () => {
    shop.clock.at += 60_000;
    const [notes, lines] = [await shop.db('unread_webhooks').select('id'), shop.logged.length];
    const answers = await Promise.all(Array.from({ length: 50 }, () => stop(shop.url, '+393334567993')));
    expect(new Set(answers)).toEqual(new Set([503]));
    expect((await shop.db('unread_webhooks').select('id')).length).toBe(notes.length + 1);
    expect(await shop.db('inbound_messages').where({ address: '+393334567993' })).toEqual([]);
    expect(shop.logged.slice(lines).filter((line) => /"level":(40|50|60)/.test(line))).toEqual([]);
    expect((await shop.ops('/metrics')).body).toContain('dopo_webhooks_total{kind="inbound",result="unknown_key"}');
  });
});
