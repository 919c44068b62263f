/** A row of each outbox, as the service itself would write it. */
import { randomUUID } from 'node:crypto';
import { recordDueReply, storeInbound } from '../../db/conversation/conversations.ts';
import { requestRedelivery } from '../../db/sending/ledger/redeliveries.ts';
import type { RowId } from '../../db/outbox/outbox.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import type { OutboxName } from '../../domain/sending/outbox.ts';
import {
  consentWorkflowId,
  erasureWorkflowId,
  orderWorkflowId,
  redeliveryWorkflowId,
  replyWorkflowId,
} from '../../workflows/contract.ts';
import type { Shop } from '../api/shop.ts';
import { storeOf } from '../helpers/keys.ts';
import { planned } from '../helpers/ledger.ts';
import { consent, validOrder } from '../helpers/orders.ts';

const BRAND = 'bottega';

export interface OutboxRow {
  readonly id: RowId;
  /** The name by which the engine is asked about it. */
  readonly name: string;
  readonly workflowId: string;
}

let customers = 0;

/** Each call is about another customer. */
export function outboxRows(shop: Shop, now: number): Readonly<Record<OutboxName, () => Promise<OutboxRow>>> {
  /** An order of another customer than the others, with a box ticked where that has to be confirmed. */
  const placed = async (): Promise<{ readonly order: string; readonly contact: string; readonly phone: string }> => {
    customers += 1;
    const at = new Date(now).toISOString();
    const phone = `+4915123456${String(700 + customers)}`;
    const consents = [consent({ basis: 'express_written', at })];
    const customer = { id: `c${customers}`, phone, consents };
    const order = validOrder({ customer, placedAt: at, shippingAddress: { country: 'DE' } });
    const { status, body } = await shop.post('/v1/orders', order);
    if (status !== 202) throw new Error(`the order was not taken: ${status}`);
    return { order: order.id, contact: body.contact, phone };
  };
  const idOf = async (table: string, where: object): Promise<number> => {
    const row: { id: number } = await shop.db(table).where(where).orderBy('id').first('id');
    return row.id;
  };
  return {
    fact: async () => {
      const { order } = await placed();
      const id = await idOf('inbox', { order_id: order });
      return { id, name: order, workflowId: orderWorkflowId(BRAND, order) };
    },
    reply: async () => {
      const { contact, phone } = await placed();
      const inbound = {
        brand: BRAND,
        channel: 'sms',
        providerId: randomUUID(),
        address: phone,
        text: 'HELP',
        meaning: { kind: 'help' },
        writer: { contact, order: null },
        at: now,
      } as const;
      const id = await shop.db.transaction(async (trx) => {
        const stored = (await storeInbound(trx, inbound, now)) ?? '';
        await recordDueReply(trx, stored, 'help');
        return stored;
      });
      return { id, name: id, workflowId: replyWorkflowId(BRAND, id) };
    },
    redelivery: async () => {
      const order = await placed();
      const message = await planned(shop.db, { brand: BRAND, ...order }, { kind: 'order_confirmation', dueAt: now });
      await requestRedelivery(shop.db, message, 'operator', now, now);
      const id = await idOf('redeliveries', { message_id: message });
      return { id, name: message, workflowId: redeliveryWorkflowId(BRAND, id) };
    },
    consents: async () => {
      const { contact } = await placed();
      const id = await idOf('consent_checks', { contact_id: contact });
      return { id, name: contact, workflowId: consentWorkflowId(BRAND, contact) };
    },
    erasure: async () => {
      const { contact } = await placed();
      const erasure = { brand: BRAND, contact, actor: 'test', source: 'api' } as const;
      const id = (await requestErasure(storeOf(shop.db), erasure, now)) ?? '';
      return { id, name: id, workflowId: erasureWorkflowId(BRAND, id) };
    },
    asked_text: async () => {
      const { contact } = await placed();
      const address_id = await idOf('addresses', { contact_id: contact });
      const text = { brand_id: BRAND, contact_id: contact, address_id, kind: 'access_code', opens: 'download' };
      const [row] = await shop
        .db('asked_texts')
        .insert({ ...text, link_epoch: 1, created_at: new Date(now) })
        .returning<{ id: string }[]>('id');
      const id = row?.id ?? '';
      return { id, name: id, workflowId: replyWorkflowId(BRAND, id) };
    },
  };
}
