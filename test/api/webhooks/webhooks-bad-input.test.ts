import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { storeUnreadWebhook } from '../../../db/conversation/unread-webhooks.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { signWebhook } from '../../../vonage/fake/webhooks.ts';
import { validOrder } from '../../helpers/orders.ts';
import type { Shop } from '../shop.ts';
import { openShop, validBrand, WEBHOOK_SECRET } from '../shop.ts';
import type { WebhookBuyer, SentMessage } from './webhooks-sent.ts';
import { sendMessage, statusOf } from './webhooks-sent.ts';
import { findSuppression } from '../../../db/consent/suppressions.ts';
import { storeOf, tokenOf } from '../../helpers/keys.ts';

const MINUTE = 60_000;
const OTHER_BRANDS_SENDER = '393399957002';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

let buyer: WebhookBuyer;
let one: SentMessage;
let phones = 0;
beforeEach(async () => {
  // One unsigned webhook is kept in a second.
  shop.clock.at += MINUTE;
  await shop.db('unread_webhooks').delete();
  phones += 1;
  const phone = `+39340${1_000_000 + phones}`;
  const { id, contact } = (await shop.post('/v1/orders', validOrder({ customer: { phone } }))).body;
  buyer = { phone, order: id, contact };
  one = await sendMessage(shop, buyer, 'shipped');
});

const status = (name: string, error?: string) =>
  statusOf(one, { to: buyer.phone, at: shop.clock.at, status: name, ...(error !== undefined && { error }) });
const stateNow = async () => (await shop.db('messages').where({ id: one.message }).first('state')).state;
const statusRows = (providerId = one.providerId) =>
  shop.db('statuses').where({ provider_id: providerId }).orderBy('id');
const unread = () => shop.db('unread_webhooks').orderBy('id').select('kind', 'why', 'body');
const counted = async (kind: string, result: string) => {
  const text: string = (await shop.ops('/metrics')).body;
  return Number(new RegExp(`dopo_webhooks_total\\{kind="${kind}",result="${result}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
};

describe('a webhook that cannot be read', () => {
  it.each([
    ['no JSON', () => 'hello', 'not_json'],
    ['a list', () => '[]', 'fields'],
    ['an empty object', () => '{}', 'fields'],
    ['an unknown status', () => JSON.stringify(status('exploded')), 'unknown_status'],
    ['an unreadable time', () => JSON.stringify({ ...status('delivered'), timestamp: 'yesterday' }), 'fields'],
  ])('as it is %s is answered 200, counted, and kept as it came', async (_, bodyOf, why) => {
    const body = bodyOf();
    const before = await counted('status', 'unreadable');
    expect((await shop.webhook('status', body)).status).toBe(200);
    expect(await counted('status', 'unreadable')).toBe(before + 1);
    expect(await unread()).toEqual([{ kind: 'status', why, body: Buffer.from(body) }]);
    expect(await stateNow()).toBe('accepted');
  });

  it('is kept once, however often it comes', async () => {
    for (let times = 0; times < 3; times += 1) expect((await shop.webhook('inbound', '{')).status).toBe(200);
    expect(await unread()).toHaveLength(1);
  });

  it('is let go of after 30 days', async () => {
    await shop.webhook('inbound', '{');
    await storeUnreadWebhook(
      shop.db,
      { kind: 'inbound', why: 'not_json', body: Buffer.from('[') },
      shop.clock.at + 31 * DAY,
    );
    expect(await unread()).toMatchObject([{ body: Buffer.from('[') }]);
  });
});

describe('a webhook that cannot be stored', () => {
  it.each([
    ['a NUL where a price should be', { usage: { price: '\0', currency: 'EUR' } }],
    ['a NUL where a currency should be', { usage: { price: '0.0333', currency: '\0' } }],
  ])('for %s is answered 200, kept, and does no harm to those that come with it', async (_, part) => {
    const bad = { ...status('rejected'), ...part };
    const answers = await Promise.all(
      [status('submitted'), bad, status('delivered'), bad, status('read')].map((body) => shop.webhook('status', body)),
    );
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    expect(await stateNow()).toBe('read');
    expect(await unread()).toEqual([{ kind: 'status', why: 'unstorable', body: Buffer.from(JSON.stringify(bad)) }]);
  });

  it('with an error of an opt-out is answered 200, kept, and stops no number', async () => {
    const price = { usage: { price: '\0', currency: 'EUR' } };
    expect((await shop.webhook('status', { ...status('rejected', '1240'), ...price })).status).toBe(200);
    expect(await unread()).toMatchObject([{ why: 'unstorable' }]);
    expect(await shop.db('suppressions').where({ token: tokenOf('bottega', buyer.phone) })).toEqual([]);
  });
});

describe('a STOP on a channel whose row the database does not have yet', () => {
  it('is answered 503, so that the provider brings it again, and counts then', async () => {
    const said = {
      channel: 'rcs',
      message_uuid: randomUUID(),
      from: buyer.phone.slice(1),
      to: 'SoleAgent',
      message_type: 'text',
      text: 'STOP',
    };
    const post = () => shop.webhook('inbound', { ...said, timestamp: new Date(shop.clock.at).toISOString() });
    await saveBrand(shop.db, validBrand({ channels: { rcs: { sender: 'SoleAgent' } } }), shop.clock.at);
    const lanes = await shop.owner('lanes').where({ channel: 'rcs' });
    await shop.owner('lanes').where({ channel: 'rcs' }).delete();
    await shop.owner('channels').where({ name: 'rcs' }).delete();
    expect((await post()).status).toBe(503);
    expect(await unread()).toEqual([]);
    await shop.owner('channels').insert({ name: 'rcs' });
    if (lanes.length > 0) await shop.owner('lanes').insert(lanes);
    expect((await post()).status).toBe(200);
    expect(await findSuppression(storeOf(shop.db), 'bottega', buyer.phone)).toBeDefined();
    await saveBrand(shop.db, validBrand(), shop.clock.at);
  });
});

describe('a receipt', () => {
  it.each(['3000000000', '99999999999'])('counts whatever it says of its parts: %s', async (count) => {
    const body = { ...status('delivered'), sms: { count_total: count } };
    expect((await shop.webhook('status', body)).status).toBe(200);
    expect(await stateNow()).toBe('delivered');
    expect(await statusRows()).toMatchObject([{ status: 'delivered', segments: null }]);
    expect(await unread()).toEqual([]);
  });

  it.each(['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'])(
    'dated %s is dated when it arrived, and dates no acceptance otherwise',
    async (timestamp) => {
      await shop.db('messages').where({ id: one.message }).update({ accepted_at: null });
      expect((await shop.webhook('status', { ...status('delivered'), timestamp })).status).toBe(200);
      const { state, accepted_at } = await shop.db('messages').where({ id: one.message }).first('state', 'accepted_at');
      expect([state, accepted_at.getTime()]).toEqual(['delivered', shop.clock.at]);
      const [{ occurred_at }] = await statusRows();
      expect(occurred_at.getTime()).toBe(shop.clock.at);
      expect(await unread()).toEqual([]);
    },
  );

  it('of an opt-out stops the number, whatever its date', async () => {
    const body = { ...status('rejected', '1240'), timestamp: '0001-01-01T00:00:00Z' };
    expect((await shop.webhook('status', body)).status).toBe(200);
    const [stop] = await shop.db('suppressions').where({ token: tokenOf('bottega', buyer.phone) });
    expect(stop).toMatchObject({ source: 'provider:1240' });
  });
});

describe('a status without effect', () => {
  it('of a message that is not ours is kept as an orphan', async () => {
    const stray = { clientRef: 'a'.repeat(32), providerId: randomUUID() };
    const body = statusOf(stray, { to: buyer.phone, at: shop.clock.at, status: 'rejected', error: '1240' });
    expect((await shop.webhook('status', body)).status).toBe(200);
    expect(await statusRows(stray.providerId)).toMatchObject([{ attempt_id: null, code: '1240' }]);
    expect(await shop.db('suppressions').where({ token: tokenOf('bottega', buyer.phone) })).toEqual([]);
    expect(await counted('status', 'orphan')).toBeGreaterThan(0);
  });

  it("with another brand's reference is kept as an orphan and touches neither brand", async () => {
    const body = { ...status('rejected', '1240'), from: OTHER_BRANDS_SENDER };
    expect((await shop.webhook('status', body)).status).toBe(200);
    expect(await stateNow()).toBe('accepted');
    expect(await statusRows()).toMatchObject([{ attempt_id: null, sender: `+${OTHER_BRANDS_SENDER}` }]);
    expect(await shop.db('suppressions').where({ token: tokenOf('bottega', buyer.phone) })).toEqual([]);
  });

  it('with an unknown code moves its message and does nothing else', async () => {
    expect((await shop.webhook('status', status('rejected', '7777'))).status).toBe(200);
    expect(await stateNow()).toBe('rejected');
    expect(await statusRows()).toMatchObject([{ code: '7777' }]);
    expect((await shop.get(`/v1/contacts/${buyer.contact}`)).body.addresses[0]).toMatchObject({
      suppressed: false,
      usable: true,
    });
  });

  it('replayed with its own token is answered 200 and changes nothing', async () => {
    const body = JSON.stringify(status('rejected', '1240'));
    const signer = { clock: { now: () => shop.clock.at }, signatureSecret: WEBHOOK_SECRET, apiKey: 'abcd1234' };
    const headers = { authorization: await signWebhook(body, signer) };
    const post = () => fetch(`${shop.url}/webhooks/vonage/status`, { method: 'POST', headers, body });
    expect((await post()).status).toBe(200);
    const before = await counted('status', 'duplicate');
    expect((await post()).status).toBe(200);
    expect(await counted('status', 'duplicate')).toBe(before + 1);
    expect(await statusRows()).toHaveLength(1);
    expect(await shop.db('suppressions').where({ token: tokenOf('bottega', buyer.phone) })).toHaveLength(1);
  });
});

describe('a clock ten minutes ahead', () => {
  it('of the signature is answered 401, and the webhook has no effect', async () => {
    const body = JSON.stringify(status('delivered'));
    const signer = {
      clock: { now: () => shop.clock.at + 10 * MINUTE },
      signatureSecret: WEBHOOK_SECRET,
      apiKey: 'abcd1234',
    };
    const headers = { authorization: await signWebhook(body, signer) };
    const answer = await fetch(`${shop.url}/webhooks/vonage/status`, { method: 'POST', headers, body });
    expect(answer.status).toBe(401);
    expect(await stateNow()).toBe('accepted');
    expect(await unread()).toEqual([{ kind: 'status', why: 'ahead', body: null }]);
  });

  it('of the status counts as now', async () => {
    await shop.db('messages').where({ id: one.message }).update({ accepted_at: null });
    const ahead = { ...status('delivered'), timestamp: new Date(shop.clock.at + 10 * MINUTE).toISOString() };
    expect((await shop.webhook('status', ahead)).status).toBe(200);
    const { state, accepted_at } = await shop.db('messages').where({ id: one.message }).first('state', 'accepted_at');
    expect([state, accepted_at.getTime()]).toEqual(['delivered', shop.clock.at]);
  });
});

describe('webhooks without a right signature', () => {
  const post = (authorization?: string) =>
    fetch(`${shop.url}/webhooks/vonage/status`, {
      method: 'POST',
      body: JSON.stringify(status('delivered')),
      ...(authorization !== undefined && { headers: { authorization } }),
    });

  it('leave a note and nothing of what they say', async () => {
    expect((await post()).status).toBe(503);
    expect(await unread()).toEqual([{ kind: 'status', why: 'unsigned', body: null }]);
  });

  it('leave one note a second, however many come', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('Bearer x.y.z')));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([401]));
    expect(await unread()).toEqual([{ kind: 'status', why: 'malformed', body: null }]);
  });

  it('leave a hundred notes in all, and take none away that was signed', async () => {
    await shop.webhook('status', '{');
    for (let times = 0; times < 105; times += 1)
      await storeUnreadWebhook(shop.db, { kind: 'status', why: 'signature' }, shop.clock.at + times);
    const kept = await unread();
    expect(kept).toHaveLength(101);
    expect(kept[0]).toMatchObject({ why: 'not_json' });
  });
});
