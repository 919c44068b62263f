/** What Shopify tells every app about a customer's privacy: answered at once, done by the same workflows as the API's own requests. */
import { findBrand } from '../db/brands.ts';
import { storeDataRequest } from '../db/privacy/data-requests.ts';
import { requestErasure, requestErasureOfAll } from '../db/privacy/erasures.ts';
import { contactsOfShopCustomer } from '../db/contacts/shop-customers.ts';
import type { ShopPrivacyRequest } from '../ingest/shopify-privacy.ts';
import { isSignedByShopify, privacyRequestFromShopify } from '../ingest/shopify-privacy.ts';
import type { AppDeps } from './deps.ts';
import { parseJson } from './json.ts';
import { invalid, notOfTheShop } from './problem.ts';
import { brandId } from './requests/ids.ts';
import type { OpenRequest, OpenRoute, Route } from './route.ts';

/** Who is on record as having asked. */
const ACTOR = 'shopify';

export function shopifyRoutes(deps: AppDeps): readonly Route[] {
  const route: OpenRoute = {
    access: 'open',
    method: 'post',
    path: '/webhooks/shopify/:id',
    id: brandId,
    summary: 'A customer of a brand’s Shopify shop asks for their data or to be erased, or the shop has left.',
    answers: { 200: { description: 'Taken in' } },
    problems: ['not_of_the_shop', 'not_json', 'invalid'],
    run: async (request) => {
      const { id: brand, rawBody, now } = request;
      const country = await countryOfSigned(deps, request);
      const asked = privacyRequestFromShopify(request.header('x-shopify-topic'), parseJson(rawBody), country);
      const contacts = await takeIn(deps, brand, asked, now);
      deps.log.info({ brand, webhook: 'shopify', kind: asked.kind, count: contacts }, 'asked for by a shop');
      deps.wakeDrainer();
      return { status: 200, body: {} };
    },
  };
  return [route];
}

/** The country of the brand, once the request is known to be its shop's. An unknown brand is no other answer than a wrong secret. */
async function countryOfSigned({ db, shopSecrets }: AppDeps, { id, header, rawBody }: OpenRequest): Promise<string> {
  const secret = shopSecrets.get(id);
  const signed = secret !== undefined && isSignedByShopify(rawBody, header('x-shopify-hmac-sha256'), secret);
  const brand = signed ? await findBrand(db, id) : undefined;
  if (!brand) throw notOfTheShop();
  return brand.country;
}

/** How many contacts it is about. */
async function takeIn(deps: AppDeps, brand: string, asked: ShopPrivacyRequest, now: number): Promise<number> {
  const { db, tokenOf } = deps;
  switch (asked.kind) {
    case 'redact_shop':
      return requestErasureOfAll(db, { brand, actor: ACTOR, source: 'shop' }, now);
    case 'redact_customer': {
      const contacts = await contactsOfShopCustomer(db, brand, asked.customer);
      for (const contact of contacts)
        await requestErasure(db, tokenOf, { brand, contact, actor: ACTOR, source: 'shop' }, now);
      return contacts.length;
    }
    case 'data_request': {
      const contacts = await contactsOfShopCustomer(db, brand, asked.customer);
      for (const contact of contacts) await storeDataRequest(db, { brand, contact, reference: asked.reference }, now);
      return contacts.length;
    }
    case 'unreadable':
      throw invalid(asked.problems.map((detail) => ({ pointer: '', detail })));
    case 'other':
      return 0;
  }
}
