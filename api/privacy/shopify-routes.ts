/** Shopify's webhooks about a customer's privacy: answered at once, done by the same workflows as the API's own requests. */
import type { Store } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import { findBrand } from '../../db/orders/brands.ts';
import { storeDataRequest } from '../../db/privacy/data-requests.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import { holdShopErasure } from '../../commands/privacy/hold-shop-erasure.ts';
import { isFirstTime } from '../../db/privacy/shop-requests.ts';
import { contactsOfShopCustomer } from '../../db/contacts/shop-customers.ts';
import type { ShopPlace, ShopPrivacyRequest } from '../../ingest/shopify-privacy.ts';
import { isSignedByShopify, privacyRequestFromShopify } from '../../ingest/shopify-privacy.ts';
import type { AppDeps } from '../http/deps.ts';
import { parseJson } from '../http/json.ts';
import { invalid, notOfTheShop } from '../http/problem.ts';
import { brandId } from '../http/request-values.ts';
import type { Answer } from '../http/answer.ts';
import type { OpenRequest, OpenRoute, Route } from '../http/route.ts';
import { received, webhookBody } from '../webhooks/schema.ts';

/** The base64 of an HMAC-SHA-256. */
const SIGNATURE_SHAPE = /^[A-Za-z0-9+/]{43}=$/;
/** The actor in the audit log. */
const ACTOR = 'shopify';

export function shopifyRoutes(deps: AppDeps): readonly Route[] {
  const route: OpenRoute = {
    access: 'open',
    method: 'post',
    tag: 'Webhooks',
    operationId: 'receiveShopify',
    path: '/webhooks/shopify/:id',
    id: brandId,
    summary: 'A customer of a brand’s Shopify shop asks for their data or to be erased, or the shop has left.',
    signedBy: 'shopify',
    body: webhookBody,
    answers: { 200: { description: 'Taken in', schema: received } },
    problems: ['not_of_the_shop', 'not_json', 'invalid'],
    admit: async ({ id, header }) => {
      if (!deps.shops.has(id) || !SIGNATURE_SHAPE.test(header('x-shopify-hmac-sha256'))) throw notOfTheShop();
    },
    run: async (request) => {
      const { id: brand, rawBody, now } = request;
      const place = await placeOfSigned(deps, request);
      const asked = privacyRequestFromShopify(request.header('x-shopify-topic'), parseJson(rawBody), place);
      if (asked.kind === 'unreadable') {
        deps.log.warn({ brand, webhook: 'shopify', kind: asked.kind }, 'refused webhook of a shop');
        throw invalid(asked.problems.map((detail) => ({ pointer: '', detail })));
      }
      if (asked.kind === 'other') return TAKEN;
      const taken = await inTransaction(deps, async (own) =>
        (await isFirstTime(own.db, brand, rawBody, now)) ? takeIn(own, brand, asked, now) : 'replayed',
      );
      if (taken === 'replayed')
        deps.log.warn({ brand, webhook: 'shopify', kind: asked.kind }, 'the same webhook again');
      else if (taken === 'held') deps.log.error({ brand, webhook: 'shopify', kind: asked.kind }, HELD);
      else deps.log.info({ brand, webhook: 'shopify', kind: asked.kind, count: taken }, 'asked for by a shop');
      deps.wakeDrainer();
      return TAKEN;
    },
  };
  return [route];
}

const TAKEN: Answer = { status: 200, body: {} };
const HELD = 'a shop asks for the erasure of a whole brand: held for 48 hours, in which it can be cancelled';

/** The brand and shop of a signed request. An unknown brand gets the same answer as a wrong signature. */
async function placeOfSigned({ db, shops }: AppDeps, { id, header, rawBody }: OpenRequest): Promise<ShopPlace> {
  const shop = shops.get(id);
  const signed = shop !== undefined && isSignedByShopify(rawBody, header('x-shopify-hmac-sha256'), shop.secrets);
  const brand = signed ? await findBrand(db, id) : undefined;
  if (!shop || !brand) throw notOfTheShop();
  return { country: brand.country, domain: shop.domain };
}

type Asked = Exclude<ShopPrivacyRequest, { kind: 'unreadable' | 'other' }>;

/** Returns how many contacts the request is about. `held`: all contacts of the brand, after 48 h. */
async function takeIn(store: Store, brand: string, asked: Asked, now: number): Promise<number | 'held'> {
  const { db: trx } = store;
  switch (asked.kind) {
    case 'redact_shop':
      await holdShopErasure(trx, brand, now);
      return 'held';
    case 'redact_customer': {
      const contacts = await contactsOfShopCustomer(trx, brand, asked.customer);
      for (const contact of contacts)
        await requestErasure(store, { brand, contact, actor: ACTOR, source: 'shop' }, now);
      return contacts.length;
    }
    case 'data_request': {
      const contacts = await contactsOfShopCustomer(trx, brand, asked.customer);
      for (const contact of contacts) await storeDataRequest(trx, { brand, contact, reference: asked.reference }, now);
      return contacts.length;
    }
  }
}
