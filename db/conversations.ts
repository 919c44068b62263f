import type { Knex } from 'knex';
import type { Meaning, Question } from '../domain/inbound.ts';
import { QUESTION_OPEN_FOR } from '../domain/ledger.ts';
import type { Db } from './connect.ts';
import { contactOfAddress } from './contacts.ts';
import { timestamp } from './messages.ts';

/** Who wrote, and what about: the latest order we texted them for, and a question of ours that may have arrived and waits. */
export interface Sender {
  readonly contact: string;
  readonly order: string | null;
  readonly openQuestion?: { readonly kind: Question; readonly order: string };
}

export async function findSender(db: Db, brand: string, address: string, now: number): Promise<Sender | undefined> {
  const contact = await contactOfAddress(db, brand, address);
  if (contact === undefined) return undefined;
  const { rows } = await db.raw<{ rows: { latest: string | null; kind: Question | null; asked_for: string | null }[] }>(
    `select coalesce(
         (select m.order_id from messages m where m.contact_id = :contact and m.order_id is not null and m.submitted_at is not null
           order by m.submitted_at desc limit 1),
         (select o.id from orders o where o.contact_id = :contact order by o.placed_at desc limit 1)) as latest,
       q.kind, q.order_id as asked_for
     from (select 1) one left join lateral (
       select m.kind, m.order_id from messages m
        where m.contact_id = :contact and m.kind in ('rating_request', 'nps_request') and m.order_id is not null
          and m.state in ('submitted', 'unknown', 'given_up', 'accepted', 'delivered', 'read')
          and m.submitted_at > cast(:now as timestamptz) - :openFor * interval '1 ms'
          and not exists (select from inbox i where i.brand_id = m.brand_id and i.order_id = m.order_id and i.source = 'customer'
            and i.type = case m.kind when 'rating_request' then 'rated' else 'nps_given' end)
        order by m.submitted_at desc limit 1) q on true`,
    { contact, now: timestamp(now), openFor: QUESTION_OPEN_FOR },
  );
  const row = rows[0];
  return {
    contact,
    order: row?.latest ?? null,
    ...(row?.kind && row.asked_for !== null && { openQuestion: { kind: row.kind, order: row.asked_for } }),
  };
}

export interface Inbound {
  readonly brand: string;
  readonly providerId: string;
  readonly address: string;
  readonly text: string;
  readonly meaning: Meaning;
  readonly sender?: Sender;
  /** The compliance reply that is due. */
  readonly reply?: 'opt_out_confirmed' | 'opt_in_confirmed' | 'help';
  /** Epoch ms. */
  readonly at: number;
}

/** Stores an inbound message once. Returns its id, or undefined when the provider delivered it before. */
export async function storeInbound(trx: Knex.Transaction, inbound: Inbound, now: number): Promise<string | undefined> {
  const conversation = inbound.sender && (await conversationOf(trx, inbound.brand, inbound.sender.contact, inbound.at));
  const score = 'score' in inbound.meaning ? inbound.meaning.score : null;
  const [row] = await trx('inbound_messages')
    .insert({
      brand_id: inbound.brand,
      conversation_id: conversation ?? null,
      order_id: inbound.sender?.openQuestion?.order ?? inbound.sender?.order ?? null,
      provider_id: inbound.providerId,
      address: inbound.address,
      text: inbound.text,
      meaning: inbound.meaning.kind,
      score,
      occurred_at: new Date(inbound.at),
      received_at: new Date(now),
      reply: inbound.sender ? (inbound.reply ?? null) : null,
    })
    .onConflict('provider_id')
    .ignore()
    .returning<{ id: string }[]>('id');
  return row?.id;
}

async function conversationOf(trx: Db, brand: string, contact: string, at: number): Promise<string | undefined> {
  const [row] = await trx('conversations')
    .insert({ brand_id: brand, contact_id: contact, opened_at: new Date(at), last_at: new Date(at) })
    .onConflict(['brand_id', 'contact_id'])
    .merge(['last_at'])
    .returning<{ id: string }[]>('id');
  return row?.id;
}

export interface PendingReply {
  readonly inbound: string;
  readonly brand: string;
  readonly contact: string;
  readonly send: 'opt_out_confirmed' | 'opt_in_confirmed' | 'help';
  readonly at: number;
}

/** Compliance replies whose workflow is not known to run yet; locked until the transaction ends. */
export async function pendingReplies(trx: Knex.Transaction, limit: number): Promise<PendingReply[]> {
  const { rows } = await trx.raw<{
    rows: { id: string; brand_id: string; contact_id: string; reply: PendingReply['send']; occurred_at: Date }[];
  }>(
    `select i.id, i.brand_id, c.contact_id, i.reply, i.occurred_at
       from inbound_messages i join conversations c on c.id = i.conversation_id
      where i.reply is not null and i.replied_at is null order by i.received_at limit ? for update of i skip locked`,
    [limit],
  );
  return rows.map((row) => ({
    inbound: row.id,
    brand: row.brand_id,
    contact: row.contact_id,
    send: row.reply,
    at: row.occurred_at.getTime(),
  }));
}

export async function markReplied(trx: Db, inbound: readonly string[], now: number): Promise<void> {
  if (inbound.length > 0)
    await trx('inbound_messages')
      .whereIn('id', [...inbound])
      .update({ replied_at: new Date(now) });
}

export async function countPendingReplies(db: Db): Promise<number> {
  const [row] = await db('inbound_messages')
    .whereNotNull('reply')
    .whereNull('replied_at')
    .count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}
