/** A valid order as a shop would post it. A test says only what differs. */

type Json = { readonly [name: string]: unknown };

/** 2 March 2026, 22:41 UTC. */
export const ORDER_TIME = Date.UTC(2026, 2, 2, 22, 41);

let count = 0;

/** Every call is another order of another customer. `customer` is merged, everything else replaced. */
export function validOrder(overrides: Json & { readonly customer?: Json } = {}): Json & { readonly id: string } {
  count += 1;
  const { customer, ...rest } = overrides;
  return {
    id: `order-${count}`,
    name: `#${1000 + count}`,
    placedAt: new Date(ORDER_TIME).toISOString(),
    currency: 'EUR',
    total: '54.80',
    customer: {
      id: `customer-${count}`,
      firstName: 'Giulia',
      lastName: 'Rossi',
      phone: `+39 333 ${String(1_000_000 + count)}`,
      locale: 'it',
      ...customer,
    },
    shippingAddress: { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' },
    items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, price: '39.90' }],
    ...rest,
  };
}

/** A consent that came with an order. */
export function consent(overrides: Json = {}): Json {
  return {
    class: 'promotional',
    action: 'granted',
    wording: 'Scrivetemi di novità e offerte.',
    source: 'checkout',
    at: new Date(ORDER_TIME).toISOString(),
    ...overrides,
  };
}

/** An event of an order system. */
export function validEvent(overrides: Json = {}): Json & { readonly id: string } {
  count += 1;
  return {
    id: `event-${count}`,
    type: 'order_updated',
    occurredAt: new Date(ORDER_TIME).toISOString(),
    ...overrides,
  };
}
