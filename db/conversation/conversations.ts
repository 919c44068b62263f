import type { Knex } from 'knex';
import type { Meaning, Question, KeywordReply, ScoreQuestion } from '../../domain/conversation/inbound.ts';
import { CLOCK_SKEW, QUESTION_OPEN_FOR, REQUEST_OPEN_FOR } from '../../domain/sending/ledger.ts';
import type { Channel, ConsentQuestion } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';
import { contactOfAddress } from '../contacts/contacts.ts';
import { STOP_IN_FORCE } from '../sending/gate/is-stopped.ts';
import type { OutboxClaim, ClaimedRow } from '../outbox/outbox.ts';
import { claim } from '../outbox/outbox.ts';
import { timestamp } from '../connection/timestamp.ts';

/** The writer of a text, and the subject: the latest order we texted them for, and questions of ours that may have arrived and wait. */
export interface Correspondent {
  readonly contact: string;
  readonly order: string | null;
  readonly openQuestion?: { readonly kind: ScoreQuestion; readonly order: string };
  /** The open question about a consent. A later STOP is an answer to it, too. */
  readonly openRequest?: ConsentQuestion;
  /** True if the person has asked to be erased, and the erasure has not begun. */
  readonly erasurePlanned?: true;
}

export function openQuestionsOf({ openQuestion, openRequest, erasurePlanned }: Correspondent): readonly Question[] {
  const planned = erasurePlanned && ('erasure_planned' as const);
  return [openQuestion?.kind, openRequest, planned].filter((kind) => kind !== undefined);
}

interface WriterRow {
  latest: string | null;
  kind: ScoreQuestion | null;
  asked_for: string | null;
  request: ConsentQuestion | null;
  erasing: boolean;
}

/** A message in one of these states may be on the phone. */
const MAY_HAVE_ARRIVED = "('submitted', 'unknown', 'given_up', 'accepted', 'delivered', 'read')";

/** The order of message `m`. One look-up each: without `offset 0` PostgreSQL may look for it among all orders of a till. */
const ITS_ORDER = '(select contact_id from orders where brand_id = m.brand_id and id = m.order_id offset 0)';

/**
 * The last messages to the contact, newest first. A text is hardly about an older one, and the number of a till may
 * have had thousands.
 */
function latest(condition: string): string {
  return `(select * from messages where contact_id = :contact and ${condition} order by submitted_at desc limit 50)`;
}

/**
 * `at`: the moment at which the text was written, epoch ms. It answers no question that was asked later, and none about an order that has
 * turned out to be another number's.
 */
export async function findCorrespondent(
  db: Db,
  brand: string,
  address: string,
  at: number,
  now: number,
): Promise<Correspondent | undefined> {
  const contact = await contactOfAddress(db, brand, address);
  if (contact === undefined) return undefined;
  const { rows } = await db.raw<{ rows: WriterRow[] }>(
    `select coalesce(
         (select m.order_id from ${latest('submitted_at is not null')} m
             cross join lateral ${ITS_ORDER} o where o.contact_id = m.contact_id order by m.submitted_at desc limit 1),
         (select o.id from orders o where o.contact_id = :contact order by o.placed_at desc limit 1)) as latest,
       q.kind, q.order_id as asked_for,
       (select m.kind from messages m
         where m.contact_id = :contact and m.kind in ('consent_request', 'consent_renewal') and m.state in ${MAY_HAVE_ARRIVED}
           and m.submitted_at > cast(:now as timestamptz) - :requestOpenFor * interval '1 ms'
           and m.submitted_at <= cast(:at as timestamptz) + :skew * interval '1 ms'
           and not exists (select from inbound_messages i join conversations v on v.id = i.conversation_id
             where v.contact_id = m.contact_id and i.meaning in ('confirmed', 'declined', 'stop') and i.occurred_at >= m.submitted_at)
         order by m.submitted_at desc limit 1) as request,
       exists (select from planned_erasures p where p.contact_id = :contact and p.cancelled_at is null and p.begun_at is null
         and p.requested_at <= cast(:at as timestamptz) + :skew * interval '1 ms') as erasing
     from (select 1) one left join lateral (
       select m.kind, m.order_id from ${latest(`kind in ('rating_request', 'nps_request') and state in ${MAY_HAVE_ARRIVED}
            and submitted_at > cast(:now as timestamptz) - :openFor * interval '1 ms'
            and submitted_at <= cast(:at as timestamptz) + :skew * interval '1 ms'`)} m
          cross join lateral ${ITS_ORDER} o
        where o.contact_id = m.contact_id and not exists (select from inbox i where i.brand_id = m.brand_id and i.order_id = m.order_id and i.source = 'customer'
            and i.type = case m.kind when 'rating_request' then 'rated' else 'nps_given' end)
        order by m.submitted_at desc limit 1) q on true`,
    {
      contact,
      at: timestamp(at),
      now: timestamp(now),
      skew: CLOCK_SKEW,
      openFor: QUESTION_OPEN_FOR,
      requestOpenFor: REQUEST_OPEN_FOR,
    },
  );
  const row = rows[0];
  return {
    contact,
    order: row?.latest ?? null,
    ...(row?.kind && row.asked_for !== null && { openQuestion: { kind: row.kind, order: row.asked_for } }),
    ...(row?.request && { openRequest: row.request }),
    ...(row?.erasing && { erasurePlanned: true as const }),
  };
}

export interface Inbound {
  readonly brand: string;
  readonly channel: Channel;
  readonly providerId: string;
  readonly address: string;
  readonly text: string;
  readonly meaning: Meaning;
  readonly writer?: Correspondent;
  /** Epoch ms. */
  readonly at: number;
}

/** Stores an inbound message once. Returns its id, or undefined when the provider delivered it before. */
export async function storeInbound(trx: Knex.Transaction, inbound: Inbound, now: number): Promise<string | undefined> {
  const conversation = inbound.writer && (await conversationOf(trx, inbound.brand, inbound.writer.contact, inbound.at));
  const score = 'score' in inbound.meaning ? inbound.meaning.score : null;
  const [row] = await trx('inbound_messages')
    .insert({
      brand_id: inbound.brand,
      channel: inbound.channel,
      conversation_id: conversation ?? null,
      order_id: inbound.writer?.openQuestion?.order ?? inbound.writer?.order ?? null,
      provider_id: inbound.providerId,
      address: inbound.address,
      text: inbound.text,
      meaning: inbound.meaning.kind,
      score,
      occurred_at: new Date(inbound.at),
      received_at: new Date(now),
    })
    .onConflict('provider_id')
    .ignore()
    .returning<{ id: string }[]>('id');
  return row?.id;
}

/** Records that a stored inbound message needs a compliance reply. */
export async function recordDueReply(trx: Knex.Transaction, inbound: string, reply: KeywordReply): Promise<void> {
  await trx('inbound_messages').where({ id: inbound }).update({ reply });
}

/**
 * Whether a STOP that was just stored is to be confirmed: if it stands, and no other STOP that stands was confirmed. One whose
 * confirmation never went out while it was of use leaves the next one to be confirmed.
 * `token` is the number's; `usefulFor`: ms that a confirmation is of use.
 */
export async function isFirstStop(
  trx: Knex.Transaction,
  inbound: string,
  { token, usefulFor, now }: { readonly token: Buffer; readonly usefulFor: number; readonly now: number },
): Promise<boolean> {
  const { rows } = await trx.raw<{ rows: { first: boolean }[] }>(
    `with own as (
       select i.id, i.brand_id, i.conversation_id, v.contact_id from inbound_messages i join conversations v on v.id = i.conversation_id
        where i.id = :inbound),
     in_force as (select s.source from own join suppressions s on s.brand_id = own.brand_id and s.token = :token and ${STOP_IN_FORCE})
     select exists (select from own join in_force on source = 'inbound:' || own.id)
       and not exists (select from own join inbound_messages i on i.conversation_id = own.conversation_id and i.id <> own.id
         where i.reply in ('opt_out_confirmed', 'opt_out_or_order') and 'inbound:' || i.id in (select source from in_force)
           and (i.received_at > cast(:now as timestamptz) - :usefulFor * interval '1 ms'
             or exists (select from messages m where m.contact_id = own.contact_id and m.step = i.reply
               and m.occurrence = i.id::text and m.submitted_at is not null))) as first`,
    { inbound, token, usefulFor, now: timestamp(now) },
  );
  return rows[0]?.first ?? false;
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
  readonly send: KeywordReply;
  readonly at: number;
}

interface ReplyRow extends ClaimedRow {
  readonly id: string;
  readonly brand_id: string;
  readonly contact_id: string;
  readonly reply: KeywordReply;
  readonly occurred_at: Date;
}

/** Claims compliance replies whose workflow is not known to run yet. */
export function claimReplies(db: Db, limit: number): Promise<OutboxClaim<PendingReply>> {
  const claiming = {
    columns: 'v.contact_id, i.reply, i.occurred_at',
    joins: 'join conversations v on v.id = i.conversation_id',
    order: 'i.next_try_at, i.received_at',
    toItem: (row: ReplyRow) => ({
      inbound: row.id,
      brand: row.brand_id,
      contact: row.contact_id,
      send: row.reply,
      at: row.occurred_at.getTime(),
    }),
  };
  return claim(db, 'reply', claiming, limit);
}
