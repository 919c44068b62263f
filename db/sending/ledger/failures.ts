/**
 * The record of an attempt that has failed, and the changes of a failure to its number
 * (commands/sending/apply-consequence.ts).
 */
import type { Channel, MessageKind, MessageState } from '../../../domain/sending/message.ts';
import { FAILURE_PERIOD } from '../../../domain/sending/ledger.ts';
import { isNumber } from '../../addresses/number.ts';
import type { Store } from '../../addresses/store.ts';
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';

export interface Failed {
  brand: string;
  contact: string;
  message: string;
  kind: MessageKind;
  locale: string | null;
  channel: Channel;
  awaited: boolean;
  usefulUntil: Date;
  attempt: number;
  address: string | null;
  sender: string | null;
  submittedAt: Date;
  /** There is no later attempt, so the error counts for the message. */
  last: boolean;
}

/** By our reference of the attempt or the provider's id of the message: one of them is known. */
export async function findFailed(
  trx: Db,
  { clientRef, providerId }: { readonly clientRef?: string; readonly providerId?: string },
): Promise<Failed | undefined> {
  const { rows } = await trx.raw<{ rows: Failed[] }>(
    `select m.brand_id as brand, m.contact_id as contact, m.id as message, m.kind, m.locale, m.channel, m.awaited,
       m.useful_until as "usefulUntil", a.id as attempt, a.address, a.sender, a.submitted_at as "submittedAt",
       not exists (select from attempts x where x.message_id = m.id and x.number > a.number) as last
     from attempts a join messages m on m.id = a.message_id where a.client_ref = :clientRef or a.provider_id = :providerId limit 1`,
    { clientRef: clientRef ?? null, providerId: providerId ?? null },
  );
  return rows[0];
}

/**
 * Marks the number as unusable on this channel; other channels are still tried. A report about a number that belongs to another person
 * now changes nothing.
 */
export async function markUnusable(
  { db: trx, tokenOf }: Store,
  { brand, contact, channel, address }: Failed,
  now: number,
): Promise<void> {
  if (address === null) return;
  await trx.raw(
    `insert into addresses (brand_id, contact_id, channel, address, token, usable, created_at)
       select :brand, :contact, :channel, :address, :token, false, :now where exists (select from addresses
         where contact_id = :contact and ${isNumber('addresses')} and address = :address and retired_at is null)
     on conflict (brand_id, channel, address) where retired_at is null do update set usable = false`,
    { brand, contact, channel, address, token: tokenOf(brand, address), now: timestamp(now) },
  );
}

/** Counts a failure of a number, once per attempt. Returns the number of recent failures since the last delivery. */
export async function countFailures(
  trx: Db,
  { brand, contact, channel, address, attempt }: Failed,
  { code, at }: { readonly code: string; readonly at: number },
): Promise<number> {
  if (address === null) return 0;
  await trx('address_failures')
    .insert({ attempt_id: attempt, brand_id: brand, channel, address, code, occurred_at: new Date(at) })
    .onConflict('attempt_id')
    .ignore();
  const { rows } = await trx.raw<{ rows: { failures: number }[] }>(
    `select count(*) as failures from address_failures
      where brand_id = :brand and channel = :channel and address = :address and occurred_at > :since
        and occurred_at > coalesce((select max(s.occurred_at) from messages m
          join attempts a on a.message_id = m.id join all_statuses s on s.attempt_id = a.id
         where m.contact_id = :contact and m.channel = :channel and a.address = :address
           and s.status in ('delivered', 'read')), '-infinity')`,
    { brand, contact, channel, address, since: timestamp(at - FAILURE_PERIOD) },
  );
  return rows[0]?.failures ?? 0;
}

/** The latest decision of an operator counts. */
export async function wasGivenUpByHand(trx: Db, message: string): Promise<boolean> {
  const last: { action: string } | undefined = await trx('audit_log')
    .where({ subject_kind: 'message', subject_id: message })
    .orderBy('id', 'desc')
    .first('action');
  return last?.action === 'give_up';
}

/** The number of times that this message was sent again because of a provider's error. */
export async function countRedeliveries(trx: Db, message: string): Promise<number> {
  const before: { count: number } | undefined = await trx('redeliveries')
    .where({ message_id: message, cause: 'provider' })
    .count<{ count: number }[]>('* as count')
    .first();
  return before?.count ?? 0;
}

/** States that an error of the provider leaves a message in. */
export const REFUSED: readonly MessageState[] = ['rejected', 'undeliverable'];

/** True unless the message is in another state by now. */
export async function planRefusedAgain(trx: Db, message: string): Promise<boolean> {
  const planned = await trx('messages')
    .where({ id: message })
    .whereIn('state', [...REFUSED])
    .update({ state: 'planned', reason: null, submitted_at: null, accepted_at: null });
  return planned > 0;
}
