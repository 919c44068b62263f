import type { Channel, MessageClass, MessageKind, MessageState } from '../../domain/message.ts';
import type { Db } from '../connect.ts';
import type { DecisionRow } from '../gate/decisions.ts';
import { DECISION_COLUMNS } from '../gate/decisions.ts';

/** A row of the inbox: a fact from outside, or a command that the workflow has carried out. */
export interface InboxRow {
  readonly event_id: string;
  readonly type: string;
  readonly occurred_at: Date;
  readonly received_at: Date;
  readonly payload: {
    readonly parcel?: string;
    readonly promisedAt?: number;
    readonly amountMinor?: number;
    readonly tier?: string;
    readonly until?: number;
    readonly step?: string;
  };
}

export interface MessageHistoryRow {
  /** Null: a reply to the customer, such as the confirmation of an opt-out. */
  readonly order_id: string | null;
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly class: MessageClass;
  readonly channel: Channel;
  /** How many channels of the step came before. */
  readonly hop: number;
  /** The step has another channel to turn to. */
  readonly awaited: boolean;
  readonly state: MessageState;
  readonly reason: string | null;
  readonly due_at: Date;
  readonly submitted_at: Date | null;
  readonly accepted_at: Date | null;
  readonly body: string | null;
  readonly segments: number | null;
}

export interface CaseRow {
  readonly id: number;
  readonly kind: string;
  readonly cause: string;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
}

export interface InboundRow {
  readonly text: string;
  readonly meaning: string;
  readonly score: number | null;
  readonly occurred_at: Date;
}

export interface OrderRow {
  readonly id: string;
  readonly name: string | null;
  readonly contact_id: string | null;
  readonly placed_at: Date | null;
  readonly currency: string | null;
  readonly total_minor: number | null;
  readonly fulfilment: string | null;
  /** Its person is being erased, or was. */
  readonly erased_at: Date | null;
}

export interface OrderHistory {
  readonly order: OrderRow;
  readonly inbox: readonly InboxRow[];
  readonly decisions: readonly DecisionRow[];
  readonly messages: readonly MessageHistoryRow[];
  readonly cases: readonly CaseRow[];
  readonly inbound: readonly InboundRow[];
}

/** All that is on record about an order. Give it a transaction that reads one snapshot. Undefined: no such order of this brand. */
export async function readOrderHistory(trx: Db, brand: string, order: string): Promise<OrderHistory | undefined> {
  const row: OrderRow | undefined = await trx('orders')
    .where({ brand_id: brand, id: order })
    .first('id', 'name', 'contact_id', 'placed_at', 'currency', 'total_minor', 'fulfilment', 'erased_at');
  if (!row) return undefined;
  const own = { brand_id: brand, order_id: order };
  return {
    order: row,
    inbox: await trx('inbox')
      .where(own)
      .orderBy('id')
      .select<InboxRow[]>('event_id', 'type', 'occurred_at', 'received_at', 'payload'),
    decisions: await trx('decisions')
      .where(own)
      .orderBy('id')
      .select<DecisionRow[]>([...DECISION_COLUMNS]),
    messages: await readMessages(trx, brand, order),
    cases: await trx('cases')
      .where(own)
      .orderBy('id')
      .select<CaseRow[]>('id', 'kind', 'cause', 'opened_at', 'closed_at'),
    inbound: await trx('inbound_messages')
      .where(own)
      .orderBy('received_at')
      .select<InboundRow[]>('text', 'meaning', 'score', 'occurred_at'),
  };
}

/** The order's messages, and the replies to what its customer wrote about it: a reply's occurrence is the inbound message. */
async function readMessages(trx: Db, brand: string, order: string): Promise<readonly MessageHistoryRow[]> {
  const { rows } = await trx.raw<{ rows: MessageHistoryRow[] }>(
    `select order_id, step, occurrence, kind, class, channel, hop, awaited, state, reason, due_at, submitted_at, accepted_at, body,
        segments from messages
      where brand_id = :brand and (order_id = :order or (order_id is null and contact_id = (
          select contact_id from orders where brand_id = :brand and id = :order) and occurrence in (
          select id::text from inbound_messages where brand_id = :brand and order_id = :order)))
      order by created_at, id`,
    { brand, order },
  );
  return rows;
}
