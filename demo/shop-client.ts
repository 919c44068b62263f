/** Calls of an order system to the API, for the demo, the bench and the tests. */
import type { ContactView } from '../db/contacts/contacts.ts';
import type { OrderView } from '../queries/orders/timeline.ts';
import type { PlanLine } from '../domain/journey/plan.ts';

export interface ShopClient {
  /** Any call. Throws with the API's problem unless it succeeds. */
  call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>;
  placeOrder(body: object): Promise<{ readonly id: string; readonly contact: string }>;
  report(order: string, event: object): Promise<void>;
  /** The order with its whole timeline, all pages. */
  view(order: string): Promise<OrderView>;
  contact(id: string): Promise<ContactView>;
  command(
    order: string,
    command: 'pause' | 'resume' | 'skip' | 'cancel-messages',
    body?: object,
  ): Promise<readonly PlanLine[]>;
  closeCase(id: string): Promise<void>;
}

export function shopClient(apiUrl: string, key: string): ShopClient {
  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(apiUrl + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer}`);
    return JSON.parse(answer);
  }
  const orderPath = (order: string): string => `/v1/orders/${encodeURIComponent(order)}`;
  return {
    call,
    placeOrder: async (body) => (await call('POST', '/v1/orders', body)) as { id: string; contact: string },
    report: async (order, event) => {
      await call('POST', `${orderPath(order)}/events`, event);
    },
    view: async (order) => {
      const view = (await call('GET', orderPath(order))) as OrderView;
      const timeline = [...view.timeline];
      for (let { next } = view; next !== undefined;) {
        const page = (await call('GET', `${orderPath(order)}?after=${next}`)) as OrderView;
        timeline.push(...page.timeline);
        next = page.next;
      }
      return { ...view, timeline };
    },
    contact: async (id) => (await call('GET', `/v1/contacts/${id}`)) as ContactView,
    command: async (order, command, body = {}) => {
      const { plan } = (await call('POST', `${orderPath(order)}/${command}`, body)) as { plan: readonly PlanLine[] };
      return plan;
    },
    closeCase: async (id) => {
      await call('POST', `/v1/cases/${id}/close`, { actor: 'agent', reason: 'answered' });
    },
  };
}
