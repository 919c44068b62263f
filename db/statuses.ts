/** What the provider reports about messages: kept as it came, folded into the attempt and the message it is about. */
import type { Receipt } from '../domain/ledger.ts';
import { receiptRank, stateOfReceipt } from '../domain/ledger.ts';
import type { FailureReason } from '../domain/reason.ts';
import type { Db } from './connect.ts';
import { timestamp } from './messages.ts';

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
