/**
 * The rows of each kind that are too old, and how they are removed. The statements take `now`, `keep` (a period), `since` (of an earlier
 * sweep, db/privacy/sweep-marks.ts) and `places`, which may be null.
 */

export const SWEEPS = [
  'message_texts',
  'inbound_texts',
  'delivery_log',
  'decisions',
  'send_decisions',
  'statuses',
  'evidence',
  'pseudonyms',
  'kept_answers',
  'unread_webhooks',
  'order_events',
  'months',
] as const;
export type SweepName = (typeof SWEEPS)[number];

/**
 * Records that are removed row by row. Whether an order is over depends on its whole record
 * (db/orders/over-orders.ts), and months are dropped as a whole (db/privacy/months.ts).
 */
export type RowSweep = Exclude<SweepName, 'order_events' | 'months'>;
export const ROW_SWEEPS = SWEEPS.filter((name): name is RowSweep => name !== 'order_events' && name !== 'months');

/** Calendar arithmetic as domain/time/period.ts does it: in UTC, whatever the session's zone. */
function cutoffUtc(keep: string, at = ':now'): string {
  return `((cast(${at} as timestamptz) at time zone 'UTC') - cast(${keep} as interval))`;
}

export function cutoff(keep: string, at?: string): string {
  return `${cutoffUtc(keep, at)} at time zone 'UTC'`;
}

const CUTOFF = cutoff(':keep');

/** The sweep at `since` has already checked older rows. */
const SEEN = cutoff(':keep', ':since');

/** Months that ended before this one are too old in every place. */
export const FIRST_MONTH_KEPT = `date_trunc('month', ${cutoffUtc(':keep')}) at time zone 'UTC'`;

/**
 * For a table of months. With the longest period of all, months are dropped (db/privacy/months.ts): what is found is what is left in no month,
 * in the table as it was before there were months, or with a date of long ago.
 */
const MONTH_OR_CUTOFF = `case when cast(:longest as boolean) then ${FIRST_MONTH_KEPT} - interval '1 microsecond' else ${CUTOFF} end`;

/** True if contact `c`, if any, is at a place for which the period holds. */
const LIVES_THERE = `(cast(:places as jsonb) is null or exists (
  select from jsonb_to_recordset(cast(:places as jsonb)) as p (country text, region text, numbers jsonb)
   where p.country is not distinct from c.country and p.region is not distinct from c.region and p.numbers = to_jsonb(array(
     select distinct a.country from addresses a where a.contact_id = c.id and a.country is not null order by 1))))`;

/** The message has ended and will not be sent any more. */
const OVER = "m.state not in ('planned', 'submitted', 'unknown')";

export const FIND: Readonly<Record<RowSweep, string>> = {
  message_texts: `select m.id from messages m join contacts c on c.id = m.contact_id
    where m.body is not null and m.created_at > ${SEEN} and m.created_at <= ${CUTOFF} and ${OVER} and ${LIVES_THERE}`,
  inbound_texts: `select i.id from inbound_messages i left join conversations v on v.id = i.conversation_id
      left join contacts c on c.id = v.contact_id
    where i.text_removed_at is null and i.received_at > ${SEEN} and i.received_at <= ${CUTOFF} and ${LIVES_THERE}`,
  delivery_log: `select a.id from attempts a join messages m on m.id = a.message_id join contacts c on c.id = m.contact_id
    where a.submitted_at > ${SEEN} and a.submitted_at <= ${CUTOFF} and ${OVER} and ${LIVES_THERE}`,
  decisions: `select d.decided_at, d.id from all_decisions d left join contacts c on c.id = d.contact_id
    where d.outcome <> 'send' and d.decided_at > ${SEEN} and d.decided_at <= ${CUTOFF} and ${LIVES_THERE}`,
  send_decisions: `select d.decided_at, d.id from all_decisions d left join contacts c on c.id = d.contact_id
    where d.outcome = 'send' and d.decided_at > ${SEEN} and d.decided_at <= ${MONTH_OR_CUTOFF} and ${LIVES_THERE}`,
  statuses: `select s.occurred_at, s.id from all_statuses s left join contacts c on false
    where s.occurred_at > ${SEEN} and s.occurred_at <= ${MONTH_OR_CUTOFF} and (cast(:longest as boolean) or s.attempt_id is null) and ${LIVES_THERE}`,
  // Counted as evidence-sweep.ts removes it. The trigger keep_evidence demands the two years by the clock of the database.
  evidence: `select e.hash from consent_evidence e join contacts c on c.id = e.contact_id
    where e.keep_until <= :now and not exists (select from consents k where k.contact_id = c.id and k.occurred_at > clock_timestamp() - interval '2 years')
      and ${LIVES_THERE} and ${CUTOFF} >= greatest(
      (select max(k.occurred_at) from consents k where k.contact_id = c.id),
      (select max(m.submitted_at) from messages m where m.contact_id = c.id))`,
  // The database adds its own clock (function end_proofs).
  pseudonyms: `select c.id from contacts c where c.proof_until <= :now and c.proof_ended_at is null
    and c.proof_set_at <= cast(:now as timestamptz) - interval '30 days'
    and not exists (select from consents k where k.contact_id = c.id and k.occurred_at > clock_timestamp() - interval '2 years')`,
  kept_answers: `select k.brand_id, k.key from idempotency_keys k where k.created_at <= ${CUTOFF}`,
  unread_webhooks: `select w.id from unread_webhooks w where w.received_at <= ${CUTOFF}`,
};

const CHOSEN = '(select id from chosen)';
const REMOVE_DECISIONS =
  'removed as (delete from all_decisions where (decided_at, id) in (select decided_at, id from chosen))';

export const REMOVE: Readonly<Record<Exclude<RowSweep, 'pseudonyms' | 'evidence'>, string>> = {
  message_texts: `removed as (update messages set body = null, text_removed_at = :now where id in ${CHOSEN})`,
  inbound_texts: `removed as (update inbound_messages set text = '', address = '', text_removed_at = :now where id in ${CHOSEN})`,
  delivery_log: `failures as (delete from address_failures where attempt_id in ${CHOSEN}),
    reports as (delete from all_statuses where not cast(:longest as boolean) and attempt_id in ${CHOSEN}),
    removed as (delete from attempts where id in ${CHOSEN})`,
  decisions: REMOVE_DECISIONS,
  send_decisions: REMOVE_DECISIONS,
  statuses: 'removed as (delete from all_statuses where (occurred_at, id) in (select occurred_at, id from chosen))',
  kept_answers: 'removed as (delete from idempotency_keys where (brand_id, key) in (select brand_id, key from chosen))',
  unread_webhooks: `removed as (delete from unread_webhooks where id in ${CHOSEN})`,
};

const ENDED = '(select unnest(cast(:ended as uuid[])))';
const ENDED_MESSAGES = `(select id from messages where contact_id in ${ENDED})`;
const ENDED_ATTEMPTS = `(select id from attempts where message_id in ${ENDED_MESSAGES})`;

export const REMOVE_PROOF: readonly string[] = [
  `delete from consents where contact_id in ${ENDED}`,
  `delete from all_decisions where contact_id in ${ENDED}`,
  `delete from erasure_redactions where erasure_id in (select id from erasures where contact_id in ${ENDED})`,
  `delete from all_statuses where attempt_id in ${ENDED_ATTEMPTS}`,
  `delete from address_failures where attempt_id in ${ENDED_ATTEMPTS}`,
  `delete from redeliveries where message_id in ${ENDED_MESSAGES}`,
  `delete from attempts where message_id in ${ENDED_MESSAGES}`,
  // A stop that a message has opened stands for the brand's template or sender and keeps its number.
  `delete from messages m where m.contact_id in ${ENDED} and not exists (select from blocks s where s.message_id = m.id)`,
  `delete from inbound_messages where conversation_id in (select id from conversations where contact_id in ${ENDED})`,
  `delete from conversations where contact_id in ${ENDED}`,
  `delete from cases where contact_id in ${ENDED}`,
  `delete from consent_checks where contact_id in ${ENDED}`,
];
