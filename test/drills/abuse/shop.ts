/** A shop that calls the API as real shops do: it waits when told to, and repeats a request until it is answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Brand } from '../../../domain/orders/brand.ts';

export interface NewOrder {
  readonly id: string;
  /** E.164. */
  readonly phone: string;
  /** The shop's own id of its customer. */
  readonly customer?: string;
  readonly firstName?: string;
  readonly country?: string;
}

export interface ShopAnswer {
  readonly status: number;
  readonly text: string;
}

export interface AbuseShop {
  readonly brand: Brand;
  get(path: string): Promise<ShopAnswer>;
  post(path: string, body: object): Promise<ShopAnswer>;
  /** Returns the contact's id; undefined where the order was refused. */
  place(order: NewOrder): Promise<string | undefined>;
  report(order: string, event: object & { readonly id: string; readonly type: string }): Promise<void>;
}

const RETRY_MS = 250;
const TRIES = 200;

export function openAbuseShop({ brand, apiUrl, key }: { brand: Brand; apiUrl: string; key: string }): AbuseShop {
  async function call(path: string, init: RequestInit): Promise<ShopAnswer> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(apiUrl + path, { ...init, headers });
      const text = await response.text();
      const temporary = response.status === 429 || response.status >= 500;
      if (!temporary || tries === TRIES) return { status: response.status, text };
      await sleep(Math.max(RETRY_MS, Number(response.headers.get('retry-after') ?? 0) * 1000));
    }
  }
  const post: AbuseShop['post'] = (path, body) => call(path, { method: 'POST', body: JSON.stringify(body) });

  return {
    brand,
    get: (path) => call(path, {}),
    post,
    async place({ id, phone, customer, firstName, country = 'IT' }) {
      const { status, text } = await post('/v1/orders', {
        id,
        name: `#${id}`,
        placedAt: new Date().toISOString(),
        currency: 'EUR',
        total: '39.90',
        customer: {
          phone,
          locale: 'it',
          ...(customer !== undefined && { id: customer }),
          ...(firstName !== undefined && { firstName }),
        },
        shippingAddress: { country },
        items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, price: '39.90' }],
      });
      return status < 300 ? (JSON.parse(text) as { contact: string }).contact : undefined;
    },
    async report(order, event) {
      const { status, text } = await post(`/v1/orders/${order}/events`, {
        occurredAt: new Date().toISOString(),
        ...event,
      });
      if (status >= 300) throw new Error(`the event was answered ${status}: ${text}`);
    },
  };
}
