/** Takes a person out of the database. Each part can be done again: rows that are gone already are not counted twice. */
import type { Knex } from 'knex';
import { TEXT_NAMES } from '../../domain/orders/events.ts';
import { DAY } from '../../domain/time/duration.ts';
import type { FailureReason, SkipReason } from '../../domain/sending/reason.ts';
import { lockPeople } from '../addresses/contact-lock.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import { removeUnreadWebhooks } from './erase-webhooks.ts';

export interface PersonToErase {
  readonly brand: string;
  readonly contact: string;
}

/** Numbers that still belong to the contact. A number that belongs to another person now is left alone. */
export async function numbersOf(db: Db, contact: string): Promise<readonly string[]> {
  const rows: { address: string }[] = await db('addresses')
    .where({ contact_id: contact })
    .whereNull('retired_at')
    .distinct('address')
    .orderBy('address');
  return rows.map(({ address }) => address);
}

/** Nothing starts a workflow of the person's orders, or tells one, from the commit on. `beingTold`: a call is under way. */
export async function takeFromDrainer(
  db: Db,
  { brand, contact }: PersonToErase,
  now: number,
): Promise<{ readonly orders: readonly string[]; readonly beingTold: boolean }> {
  return db.transaction(async (trx) => {
    await trx('orders')
      .where({ brand_id: brand, contact_id: contact })
      .whereNull('erased_at')
      .update({ erased_at: new Date(now) });
    const orders: { id: string }[] = await trx('orders').where({ brand_id: brand, contact_id: contact }).select('id');
    const at = timestamp(now);
    const { rows } = await trx.raw<{ rows: { being_told: boolean }[] }>(
      `select exists (select from inbox i join orders o on o.brand_id = i.brand_id and o.id = i.order_id
           where o.contact_id = :contact and i.applied_at is null and i.claimed_until > clock_timestamp())
         or exists (select from redeliveries r join messages m on m.id = r.message_id
           where m.contact_id = :contact and r.started_at is null and r.claimed_until > clock_timestamp())
         or exists (select from inbound_messages i join conversations c on c.id = i.conversation_id
           where c.contact_id = :contact and i.reply is not null and i.replied_at is null and i.claimed_until > clock_timestamp())
         or exists (select from asked_texts where address_id in ${ADDRESSES_OF}
           and started_at is null and claimed_until > clock_timestamp())
         or exists (select from consent_checks
           where contact_id = :contact and started_at is null and claimed_until > clock_timestamp()) as being_told`,
      { contact },
    );
    await trx.raw(
      `update inbox i set applied_at = ? from orders o
        where o.contact_id = ? and i.brand_id = o.brand_id and i.order_id = o.id and i.applied_at is null`,
      [at, contact],
    );
    await trx.raw(
      `update redeliveries r set started_at = ? from messages m
        where m.id = r.message_id and m.contact_id = ? and r.started_at is null`,
      [at, contact],
    );
    await trx.raw(
      `update inbound_messages i set replied_at = ? from conversations c
        where c.id = i.conversation_id and c.contact_id = ? and i.reply is not null and i.replied_at is null`,
      [at, contact],
    );
    await trx.raw(
      `update asked_texts set started_at = :at where address_id in ${ADDRESSES_OF} and started_at is null`,
      { at, contact },
    );
    await trx.raw('update consent_checks set started_at = ? where contact_id = ? and started_at is null', [
      at,
      contact,
    ]);
    return { orders: orders.map(({ id }) => id), beingTold: rows[0]?.being_told ?? false };
  });
}

/** Texts that are asked for on the page belong to the number. */
const ADDRESSES_OF = '(select id from addresses where contact_id = :contact)';

/** A person's possible runs in the engine, by the names that their workflow ids are made of. */
export interface RunsOf {
  readonly orders: readonly string[];
  /** Ids of the person's inbound texts and of the texts they asked for on the page: the workflows of both have the same form of id. */
  readonly replies: readonly string[];
  readonly redeliveries: readonly number[];
}

/** A reply or a redelivery is of use for a few days at most. Older ones have ended, or wait for nothing. */
const SHORT_RUNS_LAST = 30 * DAY;

export async function runsOf(db: Db, { brand, contact }: PersonToErase, now: number): Promise<RunsOf> {
  const since = timestamp(now - SHORT_RUNS_LAST);
  const ids = async <T>(sql: string): Promise<readonly T[]> => {
    const { rows } = await db.raw<{ rows: { id: T }[] }>(sql, { brand, contact, since });
    return rows.map(({ id }) => id);
  };
  return {
    orders: await ids<string>('select id from orders where brand_id = :brand and contact_id = :contact'),
    replies: await ids<string>(
      `select cast(i.id as text) as id from inbound_messages i join conversations c on c.id = i.conversation_id
        where c.contact_id = :contact and i.reply is not null and i.received_at > :since
       union all select cast(id as text) from asked_texts where address_id in ${ADDRESSES_OF} and created_at > :since`,
    ),
    redeliveries: await ids<number>(
      `select r.id from redeliveries r join messages m on m.id = r.message_id
        where m.contact_id = :contact and r.not_before > :since`,
    ),
  };
}

export type Removed =
  | { readonly kind: 'removed'; readonly counts: Readonly<Record<string, number>> }
  /** An order with the person's number has come in the meantime, and its run has to be ended first. */
  | { readonly kind: 'order_came' };

/**
 * Takes everything personal out of the database, in one transaction. A pseudonym stays: the contact's row without anything
 * in it, the ledger of consents without its evidence, decisions, the states of messages, and orders with their items. `proofUntil`:
 * when that may go, too, epoch ms; Infinity: never. The database puts that off until two years after the last entry about consents.
 */
export async function removeData(
  trx: Knex.Transaction,
  person: PersonToErase,
  proofUntil: number,
  now: number,
): Promise<Removed> {
  const { brand, contact } = person;
  const numbers = await lockPerson(trx, person);
  const open: unknown = await trx('orders').where({ contact_id: contact }).whereNull('erased_at').first('id');
  if (open) return { kind: 'order_came' };
  const known = {
    brand,
    contact,
    now: timestamp(now),
    numbers: [...numbers],
    names: [contact, ...numbers, ...numbers.map((e164) => e164.slice(1))],
  };
  const counts: Record<string, number> = {};
  // This comes first, because evidence of consents is kept while only the proof is left (trigger keep_evidence).
  await trx.raw('select start_proof(?, ?)', [contact, proofUntil === Infinity ? null : timestamp(proofUntil)]);
  for (const [name, sql] of Object.entries(REMOVALS)) {
    const { rowCount } = await trx.raw<{ rowCount: number | null }>(sql, known);
    counts[name] = rowCount ?? 0;
  }
  counts['unread_webhooks'] = await removeUnreadWebhooks(trx, numbers);
  await trx.raw(
    `update contacts set external_id = null, first_name = null, last_name = null, locale = null, zone = null, zone_chosen = false,
         country = null, region = null, city = null, postcode = null, loyalty = '{}', gate_version = gate_version + 1,
         erased_at = coalesce(erased_at, :now)
       where id = :contact`,
    { contact, now: known.now },
  );
  return { kind: 'removed', counts };
}

/** No order joins this contact, and nothing is sent to it, until the transaction ends. */
async function lockPerson(trx: Db, { brand, contact }: PersonToErase): Promise<readonly string[]> {
  const row: { external_id: string | null } | undefined = await trx('contacts')
    .where({ id: contact })
    .first('external_id');
  const identities = [...(await numbersOf(trx, contact)), ...(row?.external_id == null ? [] : [row.external_id])];
  await lockPeople(
    trx,
    identities.map((identity) => ({ brand, identity })),
  );
  await trx('contacts').where({ id: contact }).forUpdate().first('id');
  return numbersOf(trx, contact);
}

const MESSAGES_OF = '(select id from messages where contact_id = :contact)';
const ORDERS_OF = '(select id from orders where brand_id = :brand and contact_id = :contact)';
/** Fields of events that hold words. */
const WORDS_OF_EVENTS = `cast(array[${TEXT_NAMES.map((name) => `'${name}'`).join(', ')}] as text[])`;
const CONVERSATIONS_OF = '(select id from conversations where contact_id = :contact)';

/** Rows that are removed from each table. The order keeps the rows that later statements need. */
const REMOVALS: Readonly<Record<string, string>> = {
  messages_ended: `update messages set
      state = case state when 'planned' then 'suppressed' else 'given_up' end, slot_at = null,
      reason = case state when 'planned' then '${'opted_out' satisfies SkipReason}' else '${'outcome_unknown_given_up' satisfies FailureReason}' end
    where contact_id = :contact and state in ('planned', 'submitted', 'unknown')`,
  message_texts: `update messages set body = null, text_removed_at = :now where contact_id = :contact and body is not null`,
  attempt_numbers: `update attempts set address = null where message_id in ${MESSAGES_OF} and address is not null`,
  failures: `delete from address_failures where brand_id = :brand and (address = any(:numbers)
    or attempt_id in (select id from attempts where message_id in ${MESSAGES_OF}))`,
  // Two halves, as either has an index of its own.
  inbound_texts: `update inbound_messages set text = '', address = '', text_removed_at = :now
    where brand_id = :brand and text_removed_at is null and id in (
      select id from inbound_messages where brand_id = :brand and conversation_id is null and address <> '' and address = any(:numbers)
      union all select id from inbound_messages where conversation_id in ${CONVERSATIONS_OF})`,
  // Texts to a wrong number are about this person, because the order is theirs. Texts from that number are not.
  texts_to_others: `update messages set body = null, text_removed_at = :now
    where brand_id = :brand and contact_id <> :contact and order_id in ${ORDERS_OF} and body is not null`,
  // A kept answer names its contact, or a number as a whole value. A caller's idempotency key may contain the number as a run of digits.
  kept_answers: `delete from idempotency_keys where brand_id = :brand and names && cast(:names as text[])`,
  parcels: `update parcels set carrier = null, tracking_number = null, tracking_url = null, pickup_place = null
    where brand_id = :brand and order_id in ${ORDERS_OF}
      and num_nonnulls(carrier, tracking_number, tracking_url, pickup_place) > 0`,
  facts: `update inbox set payload = payload - ${WORDS_OF_EVENTS}, request_hash = '\\x'
    where brand_id = :brand and order_id in ${ORDERS_OF}
      and (jsonb_exists_any(payload, ${WORDS_OF_EVENTS}) or octet_length(request_hash) > 0)`,
  orders: `update orders set name = null, details = '{}', request_hash = null, customer_id = null, first_name = null, last_name = null,
      locale = null, zone = null, country = null, region = null, city = null, postcode = null, loyalty = null
    where brand_id = :brand and contact_id = :contact and (name is not null or details <> '{}' or request_hash is not null
      or num_nonnulls(customer_id, first_name, last_name, locale, zone, country, region, city, postcode, loyalty) > 0)`,
  evidence: 'delete from consent_evidence where contact_id = :contact',
  list_checks: 'delete from list_checks where contact_id = :contact',
  cases_closed: 'update cases set closed_at = :now where contact_id = :contact and closed_at is null',
  preferences: 'delete from preferences where contact_id = :contact',
  addresses: 'delete from addresses where contact_id = :contact',
};

/** When the proof was last used: its period starts there, epoch ms. `now` for a person without a history. */
export async function lastUseOf(db: Db, contact: string, now: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { at: Date | null }[] }>(
    `select greatest((select max(occurred_at) from consents where contact_id = :contact),
       (select max(submitted_at) from messages where contact_id = :contact)) as at`,
    { contact },
  );
  return rows[0]?.at?.getTime() ?? now;
}
