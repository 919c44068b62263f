import type { Receipt } from '../domain/ledger.ts';
import { receiptRank, stateOfReceipt } from '../domain/ledger.ts';
import type { MessageState } from '../domain/message.ts';
import type { FailureReason } from '../domain/reason.ts';
import type { Db } from './connect.ts';
import type { Gate, LedgerMessage } from './gate.ts';
import { timestamp } from './messages.ts';

/**
 * Commits a message as submitted, before its socket is written, if nothing about the contact has changed since `gate` was
 * read. STOP, a consent, another submission: each moves the version, so either it is first and this fails, or this is.
 * One statement, so one transaction. False: read the gate again and decide again.
 */
export async function submit(
  db: Db,
  message: LedgerMessage,
  gate: Gate,
  clientRef: string,
  now: number,
): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { id: number }[] }>(
    `with gate as (
       update contacts set gate_version = gate_version + 1 where id = :contact and gate_version = :version returning id),
     sent as (
       update messages set state = 'submitted', reason = null, submitted_at = :now from gate
        where messages.id = :message and messages.state = :from returning messages.id)
     insert into attempts (message_id, number, client_ref, submitted_at)
       select id, (select count(*) + 1 from attempts where message_id = :message), :clientRef, :now from sent returning id`,
    {
      contact: gate.contact,
      version: gate.version,
      message: message.id,
      from: message.state,
      clientRef,
      now: timestamp(now),
    },
  );
  return rows.length > 0;
}

/** The provider has taken it. A receipt may have said so before the answer did, and said more: that stays. */
export async function recordAccepted(db: Db, clientRef: string, providerId: string, now: number): Promise<void> {
  await db.raw(
    `with attempt as (update attempts set outcome = 'accepted', code = null, provider_id = :providerId, finished_at = :now
       where client_ref = :clientRef returning message_id)
     update messages set state = 'accepted', reason = null, accepted_at = coalesce(accepted_at, :now) from attempt
      where messages.id = attempt.message_id and messages.state in ('submitted', 'unknown', 'given_up')`,
    { clientRef, providerId, now: timestamp(now) },
  );
}

/**
 * Not taken for sure. Ended for good with `end`, or to be tried later: planned again, or as unknown as it was when an earlier
 * attempt may have been taken. What a run says that saw the answer stands over what another has made of its silence.
 */
export async function recordRefused(
  db: Db,
  clientRef: string,
  code: string,
  end: FailureReason | undefined,
  now: number,
): Promise<void> {
  await db.raw(
    `with attempt as (update attempts set outcome = 'refused', code = :code, finished_at = :now
       where client_ref = :clientRef and outcome is distinct from 'accepted' returning message_id, number),
     open as (
       select max(earlier.submitted_at) as since from attempts earlier join attempt using (message_id)
        where earlier.number < attempt.number and earlier.outcome = 'unknown')
     update messages set
         state = case when cast(:end as text) is not null then 'rejected' when open.since is not null then 'unknown' else 'planned' end,
         reason = :end,
         submitted_at = case when cast(:end as text) is not null then messages.submitted_at else open.since end
       from attempt, open where messages.id = attempt.message_id and messages.state in ('submitted', 'unknown')`,
    { clientRef, code, end: end ?? null, now: timestamp(now) },
  );
}

/**
 * Nobody knows whether it was taken: the last attempt of a submitted message, seen after a crash or an unclear answer. Returns
 * where the message stands now, since a receipt may have been faster. Attempts are locked before messages, as by a receipt.
 */
export async function recordUnknown(db: Db, message: string, code: string, now: number): Promise<MessageState> {
  const { rows } = await db.raw<{ rows: { state: MessageState }[] }>(
    `with attempt as (update attempts set outcome = 'unknown', code = :code, finished_at = :now
       where message_id = :message and outcome is null returning id)
     update messages set state = case when state = 'submitted' then 'unknown' else state end
      where id = :message and (select count(*) from attempt) >= 0 returning state`,
    { message, code, now: timestamp(now) },
  );
  if (!rows[0]) throw new Error('no such message');
  return rows[0].state;
}

/**
 * Decides not to try an unknown message again. False: it is not unknown any more. A receipt that still comes settles it as
 * accepted all the same.
 */
export async function giveUp(db: Db, message: string, now: number): Promise<boolean> {
  const reason: FailureReason = 'outcome_unknown_given_up';
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `with ended as (
       update messages set state = 'given_up', reason = :reason where id = :message and state = 'unknown' returning *),
     decided as (
       insert into decisions (brand_id, order_id, contact_id, step, occurrence, kind, decided_at, outcome, reason, rule)
         select brand_id, order_id, contact_id, step, occurrence, kind, cast(:now as timestamptz), 'skip', :reason, 'settle.' || class
           from ended on conflict do nothing)
     select id from ended`,
    { message, reason, now: timestamp(now) },
  );
  return rows.length > 0;
}

export interface StatusReport {
  readonly clientRef?: string;
  readonly providerId: string;
  readonly receipt: Receipt;
  readonly code?: string;
  readonly segments?: number;
  readonly price?: string;
  /** Epoch ms. */
  readonly at: number;
}

/** The person a status is about, for what a status can say of a person: opted out, number unusable. */
export interface StatusOwner {
  readonly brand: string;
  readonly contact: string;
}

/**
 * Stores a status webhook and moves its message, in one statement. Duplicates change nothing, late ones never move a message
 * back, and a status that belongs to no attempt is kept as an orphan. Returns the owner unless it was an orphan or duplicate.
 */
export async function recordStatus(db: Db, status: StatusReport, now: number): Promise<StatusOwner | undefined> {
  const failed = status.receipt === 'rejected' || status.receipt === 'undeliverable';
  const failure: FailureReason | null = failed ? 'undelivered' : null;
  const { rows } = await db.raw<{ rows: { brand: string; contact: string }[] }>(
    `with attempt as (select id, message_id from attempts where client_ref = :clientRef or provider_id = :providerId limit 1),
     stored as (
       insert into statuses (attempt_id, client_ref, provider_id, status, code, segments, price, occurred_at, received_at)
       values ((select id from attempt), :clientRef, :providerId, :receipt, :code, :segments, :price, :at, :now)
       on conflict do nothing returning attempt_id),
     known as (
       update attempts set outcome = 'accepted', provider_id = coalesce(provider_id, :providerId),
         finished_at = coalesce(finished_at, :now)
        where id = (select attempt_id from stored) returning message_id, submitted_at),
     moved as (
       update messages set
         state = case when receipt_rank < :rank then :state else state end,
         reason = case when receipt_rank < :rank then :reason else reason end,
         receipt_rank = greatest(receipt_rank, :rank),
         submitted_at = coalesce(messages.submitted_at, known.submitted_at),
         accepted_at = least(accepted_at, :at)
        from known where messages.id = known.message_id)
     select m.brand_id as brand, m.contact_id as contact from messages m join known on known.message_id = m.id`,
    {
      clientRef: status.clientRef ?? null,
      providerId: status.providerId,
      receipt: status.receipt,
      code: status.code ?? null,
      segments: status.segments ?? null,
      price: status.price ?? null,
      at: timestamp(status.at),
      now: timestamp(now),
      state: stateOfReceipt(status.receipt),
      reason: failure,
      rank: receiptRank(status.receipt),
    },
  );
  return rows[0];
}
