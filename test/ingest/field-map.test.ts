/** The page about shop systems is read from a table, and the adapters are code: the two have to agree. */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseJson } from '../../api/http/json.ts';
import { FIELD_MAP } from '../../ingest/field-map.ts';
import type { ShopSystem } from '../../ingest/foreign-order.ts';
import { orderFromShopify } from '../../ingest/shopify.ts';
import { orderFromWooCommerce } from '../../ingest/woocommerce.ts';

const ORDERS = new URL('../../demo/orders/', import.meta.url);
const OPTIONS = { brandCountry: 'IT', marketingWording: 'Scrivetemi di offerte.' };
const READ = { Shopify: orderFromShopify, WooCommerce: orderFromWooCommerce } as const;

/** `customer.firstName`, `items.sku`: names of all fields with a value; a list of consents is one field. */
function fieldsOf(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const path = `${before}${name}`;
    if (path === 'items') return (inner as readonly object[]).flatMap((item) => fieldsOf(item, 'items.'));
    return typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? fieldsOf(inner, `${path}.`) : [path];
  });
}

it.each<[ShopSystem]>([['Shopify'], ['WooCommerce']])(
  'every field that the adapter of %s writes has a row',
  (system) => {
    const files = readdirSync(ORDERS).filter((name) => name.startsWith(system.toLowerCase()));
    const known = FIELD_MAP.flatMap(({ field, from }) => (from[system] === undefined ? [] : [field]));
    const written = new Set<string>();
    for (const file of files) {
      const order = READ[system](parseJson(readFileSync(new URL(file, ORDERS))), OPTIONS);
      expect(order.kind).toBe('order');
      for (const field of order.kind === 'order' ? fieldsOf(order.body) : []) written.add(field);
    }
    expect(written.size).toBeGreaterThan(12);
    expect([...written].filter((field) => !known.includes(field))).toEqual([]);
  },
);
