/** The page at /docs/shops: which field of an order of Shopify or WooCommerce becomes which field here. */
import { FIELD_MAP } from '../../ingest/field-map.ts';
import type { ShopSystem } from '../../ingest/foreign-order.ts';
import { SHOP_SYSTEMS } from '../../ingest/foreign-order.ts';
import type { Html } from '../../kit/html.ts';
import { html } from '../../kit/html.ts';
import { renderPage } from '../layout.ts';

export const SHOPS_PATH = '/docs/shops';

/** The address of a system's own part of the page. */
export function shopsPathOf(system: ShopSystem): string {
  return `${SHOPS_PATH}#${system.toLowerCase()}`;
}

export function shopsPage(): string {
  return renderPage({
    locale: 'en',
    title: 'Dopo: orders from Shopify and WooCommerce',
    brand: 'Dopo',
    languages: 'none',
    body: html`
      <h1>Orders from Shopify and WooCommerce</h1>
      <p>
        POST /v1/orders takes orders in one form, whatever the shop system is. A program of yours takes the shop's
        webhook and sends the order in that form. The lists below say which field goes where.
        <a href="/docs#/Orders/placeOrder">The reference</a> has the form with an example.
      </p>
      ${SHOP_SYSTEMS.map(sectionOf)}
    `,
  });
}

function sectionOf(system: ShopSystem): Html {
  const rows = FIELD_MAP.flatMap(({ field, from }) => {
    const place = from[system];
    return place === undefined ? [] : [html`<li><strong>${field}</strong>: ${place}</li>`];
  });
  return html`<section id="${system.toLowerCase()}">
    <h2>${system}</h2>
    <ul>
      ${rows}
    </ul>
    <p>
      Later changes are events: a parcel, a refund or a cancellation goes to
      <a href="/docs#/Orders/reportEvent">POST /v1/orders/{id}/events</a>.
    </p>
  </section>`;
}
