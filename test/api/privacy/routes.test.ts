import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { erasureAnswer, exportAnswer } from '../../../api/privacy/schema.ts';
import { isUnchanged } from '../../../queries/privacy/export.ts';
import { HELD_FOR, carryOutShopErasures } from '../../../commands/privacy/hold-shop-erasure.ts';
import { validOrder } from '../../helpers/orders.ts';
import type { AnsweredJson, ApiReply, Shop } from '../shop.ts';
import { SHOP_DOMAIN, SHOP_SECRET, openShop } from '../shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

async function placed(overrides: Parameters<typeof validOrder>[0] = {}): Promise<{ id: string; contact: string }> {
  const { body } = await shop.post('/v1/orders', validOrder(overrides));
  return body as { id: string; contact: string };
}

async function erase(contact: string, key = shop.key): Promise<ApiReply> {
  const response = await fetch(`${shop.url}/v1/contacts/${contact}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${key}` },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as AnsweredJson };
}

const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('GET /v1/contacts/{id}/export', () => {
  it('gives a file that can be checked, in the described shape, and is on record', async () => {
    const { contact } = await placed();
    const { status, headers, body } = await shop.get(`/v1/contacts/${contact}/export`);
    expect(status).toBe(200);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="contact-${contact}.json"`);
    expect(exportAnswer.safeParse(body).error?.issues).toBeUndefined();
    expect(isUnchanged(body)).toBe(true);
    const audit = await shop.get(`/v1/audit?action=export_contact`);
    expect(audit.body.entries[0]).toMatchObject({
      subject: { kind: 'contact', id: contact },
      after: { sha256: body.manifest.sha256 },
    });
  });

  it('of another brand’s contact, or of an unknown one, is not found', async () => {
    const { contact } = await placed();
    expect((await shop.get(`/v1/contacts/${contact}/export`, shop.strangersKey)).status).toBe(404);
    expect((await shop.get(`/v1/contacts/${NOBODY}/export`)).status).toBe(404);
    expect((await shop.get('/v1/contacts/someone/export')).status).toBe(404);
  });
});

describe('DELETE /v1/contacts/{id}', () => {
  it('is taken in at once: the number is stopped, the drainer is woken, and the answer says where to look', async () => {
    const { contact } = await placed();
    const before = shop.wakes.count;
    const { status, headers, body } = await erase(contact);
    expect(status).toBe(202);
    expect(erasureAnswer.safeParse(body).error?.issues).toBeUndefined();
    expect(body).toMatchObject({ contact, state: 'requested', source: 'api', requestedBy: 'test', steps: [] });
    expect(shop.wakes.count).toBeGreaterThan(before);
    expect((await shop.get(headers.get('location') ?? '')).body).toEqual(body);
    expect((await shop.get(`/v1/contacts/${contact}`)).body.addresses[0].suppressed).toBe(true);
    expect((await erase(contact)).body.id).toBe(body.id);
  });

  it('needs a key, and does not reach another brand’s contact', async () => {
    const { contact } = await placed();
    expect((await erase(contact, 'dopo_of-somebody-who-has-none')).status).toBe(401);
    expect((await erase(contact, shop.strangersKey)).status).toBe(404);
    expect((await erase(NOBODY)).status).toBe(404);
    const { body } = await erase(contact);
    expect((await shop.get(`/v1/erasures/${body.id}`, shop.strangersKey)).status).toBe(404);
  });
});

/** A webhook as Shopify sends it. */
async function shopify(
  topic: string,
  body: object,
  { brand = 'bottega', secret = SHOP_SECRET } = {},
): Promise<ApiReply> {
  const bytes = JSON.stringify(body);
  const signature = createHmac('sha256', secret).update(bytes).digest('base64');
  const headers = { 'x-shopify-topic': topic, 'x-shopify-hmac-sha256': signature, authorization: '' };
  return shop.post(`/webhooks/shopify/${brand}`, bytes, headers);
}

const erasures = async (contacts: readonly string[]): Promise<string[]> => {
  const rows: { contact_id: string }[] = await shop
    .db('erasures')
    .whereIn('contact_id', [...contacts])
    .select('contact_id');
  return rows.map(({ contact_id: contact }) => contact).toSorted();
};

describe('POST /webhooks/shopify/{brand}', () => {
  it('customers/redact erases a person whom the shop knows by id or order, and never one of whom it has a number alone', async () => {
    const byId = await placed({ customer: { id: '191167' } });
    const line = { address: '+393334567001', class: 'promotional', action: 'granted', wording: 'Sì.', source: 'form' };
    const at = new Date(shop.clock.at).toISOString();
    const imported = await shop.post('/v1/consents/import', { lines: [{ ...line, at, evidence: { note: 'form 7' } }] });
    const byPhone = { contact: String(imported.body.results[0].contact) };
    const byOrder = await placed();
    const other = await placed();
    const customer = { id: 191167, email: 'ada@example.com', phone: '+39 333 456 7001' };
    const body = { shop_id: 1, shop_domain: SHOP_DOMAIN, customer, orders_to_redact: [byOrder.id] };
    expect((await shopify('customers/redact', body)).status).toBe(200);
    const asked = [byId, byOrder].map(({ contact }) => contact);
    expect(await erasures([...asked, byPhone.contact, other.contact])).toEqual(asked.toSorted());
    expect((await shopify('customers/redact', body)).status).toBe(200);
  });

  it.each([
    ['customers/redact', { orders_to_redact: [] }],
    ['customers/data_request', { orders_requested: [], data_request: { id: 1 } }],
  ])(
    '%s of a customer who has typed another person’s number touches nothing of the owner of that number',
    async (topic, others) => {
      const phone = '+393334567099';
      const owner = await placed({ customer: { phone } });
      const guest = await placed({ customer: { phone: '+393334567098', id: undefined } });
      await placed({ customer: { phone, id: '666' } });
      const own = { shop_id: 1, shop_domain: SHOP_DOMAIN };
      for (const customer of [{ id: 666 }, { id: 666, phone }, { id: 667, phone }, { phone: '+393334567098' }])
        expect((await shopify(topic, { ...own, customer, ...others })).status).toBe(200);
      expect(await erasures([owner.contact, guest.contact])).toEqual([]);
      expect(await shop.db('data_requests').whereIn('contact_id', [owner.contact, guest.contact])).toEqual([]);
    },
  );

  it('customers/data_request is open until the export was fetched', async () => {
    const { contact, id } = await placed();
    const body = {
      shop_id: 1,
      shop_domain: SHOP_DOMAIN,
      customer: { id: 77 },
      orders_requested: [id],
      data_request: { id: 9999 },
    };
    expect((await shopify('customers/data_request', body)).status).toBe(200);
    expect((await shopify('customers/data_request', body)).status).toBe(200);
    const open = async (): Promise<string> => String((await shop.ops('/metrics')).body);
    expect(await open()).toContain('dopo_data_requests_open 1');
    await shop.get(`/v1/contacts/${contact}/export`);
    expect(await open()).toContain('dopo_data_requests_open 0');
  });

  /** Numbers of the shop that may be written to. */
  async function openNumbers(): Promise<number> {
    const { rows } = await shop.db.raw(
      `select 1 from addresses a where a.brand_id = 'bottega' and coalesce((select s.state from suppressions s
         where s.brand_id = a.brand_id and s.token = a.token order by s.occurred_at desc, s.id desc limit 1), '') <> 'stopped'`,
    );
    return rows.length;
  }

  it('shop/redact erases every person of the brand after its delay, and no person of another brand', async () => {
    const { contact } = await placed();
    const { contact: stranger } = (
      await shop.post('/v1/orders', validOrder(), { authorization: `Bearer ${shop.strangersKey}` })
    ).body;
    expect((await shopify('shop/redact', { shop_id: 1, shop_domain: SHOP_DOMAIN })).status).toBe(200);
    await carryOutShopErasures(shop.db, shop.clock.at + HELD_FOR, (_, error) => {
      throw error;
    });
    expect(await openNumbers()).toBe(0);
    expect(await erasures([contact, stranger])).toEqual([contact]);
  });

  it('without the right signature is refused like one for a brand that there is not', async () => {
    const wrong = await shopify('shop/redact', {}, { secret: 'another' });
    const none = await shopify('shop/redact', {}, { brand: 'altrove' });
    const unknown = await shopify('shop/redact', {}, { brand: 'nobody' });
    for (const { status, body } of [wrong, none, unknown])
      expect([status, body.type]).toEqual([401, 'urn:dopo:problem:not_of_the_shop']);
  });

  it('that cannot be read is a mistake of the sender’s; another topic is none', async () => {
    expect((await shopify('customers/redact', { orders_to_redact: 'all' })).status).toBe(422);
    expect((await shopify('orders/create', { id: 1 })).status).toBe(200);
  });
});

it('no log line names a customer', () => {
  expect(shop.logged.filter((line) => /333456|Giulia|ada@/.test(line))).toEqual([]);
});
