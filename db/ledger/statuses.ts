/** Statuses that the provider reports: kept as they came, and folded into the attempts and messages they are about. */
import type { Receipt } from '../../domain/ledger.ts';
import { RECEIPTS, receiptRank, stateOfReceipt } from '../../domain/ledger.ts';
import type { FailureReason } from '../../domain/reason.ts';
import type { Db } from '../connect.ts';
import { retryDeadlock } from '../deadlock.ts';
import { timestamp } from '../timestamp.ts';

export interface StatusReport {
  readonly clientRef?: string;
  readonly providerId: string;
  readonly receipt: Receipt;
  readonly code?: string;
  readonly segments?: number;
  readonly price?: string;
  /** Whom it names as the sender, E.164 with `+` where that is a number. */
  readonly sender?: string;
  /** Epoch ms, by the provider's clock: part of the key that tells a repeated status. */
  readonly at: number;
}

/** The person a status is about, for what a status can say of a person: opted out, number unusable. */
export interface StatusOwner {
  readonly brand: string;
  readonly contact: string;
}

/** The outcome of a status. `told`: the inbox has news for the workflow that waits for it. */
export type StatusResult =
  | ({ readonly kind: 'stored'; readonly told: boolean } & StatusOwner)
  | { readonly kind: 'duplicate' }
  /** Of no attempt, or of another sender's: kept, without effect. */
  | { readonly kind: 'orphan' };

/** The rank from which a message has arrived, whatever became of its other attempts. */
const ARRIVED = receiptRank('delivered');

const REASONS: Readonly<Partial<Record<Receipt, FailureReason>>> = {
  undeliverable: 'undelivered',
  rejected: 'undelivered',
};

/** A price as `0.0333 EUR`. A price in another form is stored as it came and not summed. */
const PRICE = `'^[0-9]{1,6}([.][0-9]{1,10}|) [A-Z]{3}$'`;

/**
 * PostgreSQL expects 100 rows of a list whose length it does not know, and so read all attempts and messages for a batch of one, until
 * these tables were large. `any(array(...))` says that there are few, and the indexes are used from the beginning.
 *
 * Prices are summed by brand, day and country last, after all other rows are locked. If a later receipt names a higher price, the
 * difference is added.
 *
 * A number whose message has arrived is usable again on that channel, whatever an earlier report said of it.
 *
 * Attempts are locked before messages, both by id, as everywhere; a batch that stores a status which another batch has too holds its
 * attempt. Orphans are inserted in the order of their key.
 *
 * An attempt only ever rises. Its message follows when the attempt rises to an arrival, or when no later attempt may have been taken: the
 * fate of a replaced attempt says nothing about the message. All attempts of the message are locked, so a refusal that is being recorded
 * is seen. A submission is not seen: a failure report that arrives while the attempt is being replaced may still move the message, until
 * the next receipt. A message that is planned again stays as it is when nothing moves it.
 */
const FOLD = `
with report as (
  select *, coalesce(client_ref, max(client_ref) over (partition by provider_id)) as reference
    from json_to_recordset(cast(:reports as json)) as r (ord int, client_ref text, provider_id text, receipt text, code text,
      segments int, price text, sender text, at timestamptz)),
matched as (
  select r.ord, r.provider_id, r.sender, found.id as attempt_id, found.message_id from report r left join lateral (
    (select a.id, a.message_id, a.sender, 1 as choice from attempts a where a.client_ref = r.reference limit 1) union all
    (select a.id, a.message_id, a.sender, 2 from attempts a where a.provider_id = r.provider_id limit 1) order by choice limit 1) found
    on found.sender is null or r.sender is null or found.sender = r.sender),
locked as (
  select id, message_id, number, client_ref, sender, outcome, receipt_rank, country, spend_day, price
    from attempts where message_id = any(array(select message_id from matched)) order by id for update),
stored as (
  insert into statuses (attempt_id, client_ref, provider_id, status, code, segments, price, sender, occurred_at, received_at)
    select l.id, r.client_ref, r.provider_id, r.receipt, r.code, r.segments, r.price, r.sender, r.at, cast(:now as timestamptz)
      from report r join matched m on m.ord = r.ord left join locked l on l.id = m.attempt_id
     order by r.provider_id, r.receipt, r.at, r.ord
  on conflict do nothing returning attempt_id, provider_id, status, occurred_at, price),
adopted as (
  update statuses s set attempt_id = l.id from matched m join locked l on l.id = m.attempt_id
    where s.provider_id = m.provider_id and s.attempt_id is null and (s.client_ref is null or s.client_ref = l.client_ref)
      and (s.sender is null or l.sender is null or s.sender = l.sender)
  returning s.attempt_id, s.provider_id, s.status, s.occurred_at, s.price),
fresh as (
  select * from stored where attempt_id is not null union all select * from adopted),
reported as (
  select attempt_id, min(provider_id) as provider_id, min(least(occurred_at, cast(:now as timestamptz))) as at,
    max(array_position(cast(:receipts as text[]), status)) as rank,
    max(case when price ~ ${PRICE} then cast(split_part(price, ' ', 1) as numeric) end) as price,
    max(case when price ~ ${PRICE} then split_part(price, ' ', 2) end) as currency from fresh group by attempt_id),
known as (
  update attempts a set outcome = 'accepted', settled_by = case a.outcome when 'accepted' then a.settled_by else 'receipt' end,
      provider_id = coalesce(a.provider_id, f.provider_id), finished_at = coalesce(a.finished_at, :now),
      receipt_rank = greatest(a.receipt_rank, f.rank), price = greatest(a.price, f.price)
    from reported f join locked l on l.id = f.attempt_id
   where a.id = f.attempt_id and a.id = any(array(select attempt_id from reported))
  returning a.id, a.message_id, a.number, a.submitted_at, f.at, f.rank, f.rank > l.receipt_rank as rose,
    l.price as price_before, a.price as price_now, f.currency, l.country, l.spend_day),
moving as (
  select k.message_id, max(k.rank) as rank from known k
   where k.rose and (k.rank >= :arrived or not exists (
     select from locked later where later.message_id = k.message_id and later.number > k.number
       and (later.outcome is null or later.outcome in ('accepted', 'unknown') or later.id in (select id from known))))
   group by k.message_id),
subject as (
  select m.id, m.state, k.submitted_at, k.at, case when v.rank > m.receipt_rank or m.receipt_rank < :arrived then v.rank end as rank
    from messages m join (select message_id, min(submitted_at) as submitted_at, min(at) as at from known group by message_id) k
      on k.message_id = m.id left join moving v on v.message_id = m.id
   where m.id = any(array(select message_id from known)) order by m.id for update of m),
moved as (
  update messages m set
      state = case when s.rank is null then m.state else (cast(:states as text[]))[s.rank] end,
      reason = case when s.rank is null then m.reason else (cast(:reasons as text[]))[s.rank] end,
      receipt_rank = coalesce(s.rank, m.receipt_rank),
      submitted_at = case when s.rank is null then m.submitted_at else coalesce(m.submitted_at, s.submitted_at) end,
      accepted_at = case when s.rank is null and m.submitted_at is null then m.accepted_at else least(m.accepted_at, s.at) end
    from subject s where m.id = s.id and m.id = any(array(select id from subject))
  returning m.id, m.brand_id, m.contact_id, m.order_id, m.awaited, m.state, m.state <> s.state as changed),
reached as (
  update addresses x set usable = true
    from known k join attempts t on t.id = k.id join messages m on m.id = k.message_id
   where k.rank >= :arrived and x.brand_id = m.brand_id and x.channel = m.channel and x.address = t.address and not x.usable
     and x.retired_at is null),
spent as (
  insert into spend (brand_id, day, country, messages, amount, currency, last_price)
    select v.brand_id, k.spend_day, k.country, count(*) filter (where k.price_before is null),
        sum(k.price_now - coalesce(k.price_before, 0)), max(k.currency), max(k.price_now)
      from known k join moved v on v.id = k.message_id
     where k.price_now is distinct from k.price_before and k.spend_day is not null group by 1, 2, 3 order by 1, 2, 3
  on conflict (brand_id, day, country) do update set messages = spend.messages + excluded.messages,
      amount = spend.amount + excluded.amount, currency = excluded.currency, last_price = excluded.last_price),
told as (
  insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at)
    select v.brand_id, v.order_id, 'dopo', 'status.' || v.id || '.' || v.state, 'message_status', :now,
      jsonb_build_object('message', v.id, 'status', v.state), '', :now
      from moved v where v.awaited and v.changed and v.order_id is not null
        and v.state in ('delivered', 'read', 'undeliverable', 'rejected') order by v.id
  on conflict do nothing returning payload->>'message' as message_id)
select case when m.attempt_id is null then 'orphan' when k.id is null then 'duplicate' else 'stored' end as kind,
    v.brand_id as brand, v.contact_id as contact, exists (select from told t where t.message_id = k.message_id::text) as told
  from (select *, row_number() over (partition by provider_id, receipt, at order by ord) as copy from report) r
  join matched m on m.ord = r.ord
  left join fresh f on r.copy = 1 and f.provider_id = r.provider_id and f.status = r.receipt and f.occurred_at = r.at
  left join known k on k.id = f.attempt_id
  left join moved v on v.id = k.message_id
 order by r.ord`;

interface FoldedRow {
  kind: StatusResult['kind'];
  brand: string;
  contact: string;
  told: boolean;
}

/**
 * Stores statuses and moves their messages, any number of them in one statement; what became of each, in the order given.
 * Duplicates change nothing, late ones never move a message back, and the final state does not depend on the order. Outside a
 * transaction a deadlock is tried again. `now`: epoch ms; a status from a clock ahead of it counts as of now.
 */
export async function recordStatuses(db: Db, reports: readonly StatusReport[], now: number): Promise<StatusResult[]> {
  const fold = async (): Promise<StatusResult[]> => {
    const { rows } = await db.raw<{ rows: FoldedRow[] }>(FOLD, {
      reports: JSON.stringify(reports.map(toRow)),
      receipts: [...RECEIPTS],
      states: RECEIPTS.map(stateOfReceipt),
      reasons: RECEIPTS.map((receipt) => REASONS[receipt] ?? null),
      arrived: ARRIVED,
      now: timestamp(now),
    });
    return rows.map(toResult);
  };
  return db.isTransaction ? fold() : retryDeadlock(fold);
}

function toRow(
  { clientRef, providerId, receipt, code, segments, price, sender, at }: StatusReport,
  ord: number,
): object {
  return {
    ord,
    client_ref: clientRef,
    provider_id: providerId,
    receipt,
    code,
    segments,
    price,
    sender,
    at: timestamp(at),
  };
}

function toResult({ kind, told, brand, contact }: FoldedRow): StatusResult {
  return kind === 'stored' ? { kind, told, brand, contact } : { kind };
}

/** One status by itself. Returns its owner unless it was an orphan or a duplicate. */
export async function recordStatus(db: Db, status: StatusReport, now: number): Promise<StatusOwner | undefined> {
  const [result] = await recordStatuses(db, [status], now);
  return result?.kind === 'stored' ? { brand: result.brand, contact: result.contact } : undefined;
}
