/** A shop that never stops: it places orders and reports events at a steady rate, and tries again until each is acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageKind } from '../../../domain/sending/message.ts';

/** A message that has to reach a customer, or must not. */
export interface Errand {
  readonly order: string;
  /** E.164; every order has a customer of its own. */
  readonly phone: string;
  readonly kind: MessageKind;
  readonly fate: 'sent' | 'withheld';
  /** Epoch ms of the first try. */
  readonly triedAt: number;
  /** Epoch ms of the 2xx. */
  readonly acknowledgedAt?: number;
}

/** A try that was not acknowledged. `status` 0: no answer. */
export interface RefusedTry {
  readonly at: number;
  readonly status: number;
}

export interface Load {
  readonly errands: readonly Errand[];
  readonly refused: readonly RefusedTry[];
  /** Reports one more event of an order, which is not to reach its customer. Settles when it is acknowledged. */
  reportInVain(order: string): Promise<void>;
  /** Places nothing new. Settles when all that was tried is acknowledged. */
  stop(): Promise<void>;
}

/** As long as a shop waits for an answer, and before it asks again. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 500;
/** After this time the shop gives up, and the drill has failed. */
const GIVE_UP_MS = 150_000;
/** One of this many orders has its event reported before the order itself. */
const EARLY = 5;

/** `rate`: orders a second, each with an event that follows it one order later. */
export function startLoad(api: { readonly url: string; readonly key: string }, rate: number): Load {
  const errands: { -readonly [Name in keyof Errand]: Errand[Name] }[] = [];
  const refused: RefusedTry[] = [];
  const underWay = new Set<Promise<void>>();
  let stopping = false;

  async function post(path: string, body: object, key: string): Promise<number> {
    try {
      const response = await fetch(api.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${api.key}`, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }

  /** The same request with the same key until it is taken. 409: an earlier try of ours has not ended yet. */
  async function deliver(path: string, body: object, key: string): Promise<void> {
    for (const begunAt = Date.now(); ; await sleep(RETRY_MS)) {
      const at = Date.now();
      const status = await post(path, body, key);
      if (status >= 200 && status < 300) return;
      refused.push({ at, status });
      const temporary = status === 0 || status === 409 || status >= 500;
      if (!temporary || at - begunAt > GIVE_UP_MS) throw new Error(`${path} was answered ${status}`);
    }
  }

  async function run(errand: Omit<Errand, 'triedAt'>, path: string, body: object, key: string): Promise<void> {
    const tried: (typeof errands)[number] = { ...errand, triedAt: Date.now() };
    errands.push(tried);
    await deliver(path, body, key);
    tried.acknowledgedAt = Date.now();
  }

  const phoneOf = (order: string): string => `+39348${order.replace('order-', '').padStart(7, '2000000')}`;

  function place(order: string): Promise<void> {
    const phone = phoneOf(order);
    const body = {
      id: order,
      name: `#${order}`,
      placedAt: new Date().toISOString(),
      currency: 'EUR',
      total: '39.90',
      customer: { phone, locale: 'it' },
      shippingAddress: { country: 'IT', region: 'MI', city: 'Milano', postcode: '20121' },
      items: [{ sku: 'MOKA-3', title: 'Moka 3 tazze', quantity: 1, price: '39.90' }],
    };
    return run({ order, phone, kind: 'order_confirmation', fate: 'sent' }, '/v1/orders', body, order);
  }

  function report(order: string, event: string, fate: Errand['fate']): Promise<void> {
    const body = { id: event, type: 'refund_issued', occurredAt: new Date().toISOString() };
    const errand = { order, phone: phoneOf(order), kind: 'refund_issued', fate } as const;
    return run(errand, `/v1/orders/${order}/events`, body, `${order}.${event}`);
  }

  function start(work: Promise<void>): void {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }

  const ended = (async () => {
    for (let number = 1; !stopping; number += 1) {
      const early = number % EARLY === 0;
      const [order, before] = [`order-${number}`, `order-${number - 1}`];
      if (early) start(report(order, 'changed', 'sent'));
      else start(place(order));
      await sleep(500 / rate);
      if (early) start(place(order));
      if (number > 1 && (number - 1) % EARLY !== 0) start(report(before, 'changed', 'sent'));
      await sleep(500 / rate);
    }
  })();

  return {
    errands,
    refused,
    reportInVain: (order) => report(order, 'changed-again', 'withheld'),
    async stop() {
      stopping = true;
      await ended;
      await Promise.all(underWay);
    },
  };
}
