import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../api/http/json.ts';
import { isSignedByShopify, privacyRequestFromShopify } from '../../ingest/shopify-privacy.ts';

const PLACE = { country: 'IT', domain: 'sole.myshopify.example' };
const shop = { shop_id: 954889, shop_domain: 'sole.myshopify.example' };
const customer = { id: 191167, email: 'ada@example.com', phone: '333 1234567' };
const read = (topic: string, body: object) =>
  privacyRequestFromShopify(topic, parseJson(Buffer.from(JSON.stringify(body))), PLACE);

describe('a privacy webhook of Shopify', () => {
  it('asks for the data of a customer', () => {
    const body = { ...shop, customer, orders_requested: [299938, 280263], data_request: { id: 9999 } };
    expect(read('customers/data_request', body)).toEqual({
      kind: 'data_request',
      reference: '9999',
      customer: { id: '191167', phone: '+393331234567', orders: ['299938', '280263'] },
    });
  });

  it('asks for a customer to be erased, with ids digit for digit', () => {
    const body =
      '{"shop_id":954889,"shop_domain":"Sole.myshopify.example","customer":{"id":820982911946154508,"phone":null},"orders_to_redact":[820982911946154509]}';
    expect(privacyRequestFromShopify('customers/redact', parseJson(Buffer.from(body)), PLACE)).toEqual({
      kind: 'redact_customer',
      customer: { id: '820982911946154508', orders: ['820982911946154509'] },
    });
  });

  it('says that the shop has left', () => {
    expect(read('shop/redact', shop)).toEqual({ kind: 'redact_shop' });
  });

  it('of another topic asks for nothing', () => {
    expect(read('orders/create', {})).toEqual({ kind: 'other' });
  });

  it('that cannot be read names fields and no values', () => {
    const result = read('customers/redact', { customer: { id: { secret: 'byron' } }, orders_to_redact: 'all' });
    expect(result).toMatchObject({ kind: 'unreadable' });
    expect(JSON.stringify(result)).not.toContain('byron');
  });
});

it('a signature holds for these bytes, this secret and nothing else', () => {
  const body = Buffer.from('{"shop_id":954889}');
  const sign = (secret: string): string => createHmac('sha256', secret).update(body).digest('base64');
  expect(isSignedByShopify(body, sign('right'), ['right'])).toBe(true);
  expect(isSignedByShopify(body, sign('wrong'), ['right'])).toBe(false);
  expect(isSignedByShopify(Buffer.from('{"shop_id":954888}'), sign('right'), ['right'])).toBe(false);
  expect(isSignedByShopify(body, sign('former'), ['right', 'former'])).toBe(true);
  expect(isSignedByShopify(body, '', ['right'])).toBe(false);
  expect(isSignedByShopify(body, 'bm90IGEgc2lnbmF0dXJl', ['right'])).toBe(false);
});
