/**
 * The further consequences of a provider's error, beside the end of the attempt: for the number, for the message, and
 * for other messages of the same template, sender or account.
 */
import type { Alarm, ErrorAction } from '../../domain/sending/provider-error.ts';
import { OPEN_FOR } from '../../domain/sending/lane.ts';
import type { Channel, MessageKind } from '../../domain/sending/message.ts';
import { FAILURE_PERIOD, MAX_FAILURES, nextRedelivery } from '../../domain/sending/ledger.ts';
import type { StoreInTransaction } from '../../db/addresses/store.ts';
import { isNumber } from '../../db/addresses/number.ts';
import type { Db } from '../../db/connection/connect.ts';
import { stop } from '../consent/stop.ts';
import { storeLaneFailure } from '../../db/sending/lanes/lanes.ts';
import { timestamp } from '../../db/connection/timestamp.ts';
import { requestRedelivery } from '../../db/sending/ledger/redeliveries.ts';
import { openBlock } from './block.ts';

/** An error about one attempt, from a refused call, a status webhook or the provider's records. */
export interface ProviderError {
  /** Our reference of the attempt or the provider's id of the message: one of them is known. */
  readonly clientRef?: string;
  readonly providerId?: string;
  readonly code: string;
  readonly action: ErrorAction;
  /** When it happened, epoch ms. */
  readonly at: number;
}

interface Failed {
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

/**
 * Does what an error asks for. Call once per error, in the transaction that has stored it; a repeated status webhook is none.
 * Returns the alarms to raise.
 */
export async function applyConsequence(
  store: StoreInTransaction,
  error: ProviderError,
  now: number,
): Promise<Alarm | undefined> {
  if (error.action === 'keep') return undefined;
  const { db: trx } = store;
  const failed = await findFailed(trx, error);
  if (!failed) return undefined;
  const { brand, message, address } = failed;
  const { code, at } = error;
  switch (error.action) {
    case 'suppress':
      if (address === null) return undefined;
      await stop(store, { brand, address, by: { kind: 'provider', code }, at }, now);
      return undefined;
    case 'mark_unusable':
      await markUnusable(store, failed, now);
      return undefined;
    case 'count_failure':
      if ((await countFailures(trx, failed, error)) >= MAX_FAILURES) await markUnusable(store, failed, now);
      return undefined;
    case 'retry_later':
      await planAgain(trx, failed, now);
      if (isNews(failed, now)) await slowDown(trx, message, code, now);
      return undefined;
    case 'expire':
      await expire(trx, failed, code, now);
      return undefined;
    case 'block_template': {
      const opened = failed.locale !== null && (await openBlock(trx, 'template', failed, code, now));
      return opened ? { kind: 'template_blocked', brand, message, code } : undefined;
    }
    case 'block_sender': {
      const opened = failed.sender !== null && (await openBlock(trx, 'sender', failed, code, now));
      return opened ? { kind: 'sender_blocked', brand, message, code } : undefined;
    }
    case 'alert':
      return { kind: 'alert', brand, message, code };
    case 'open_circuit': {
      if (!isNews(failed, now)) return { kind: 'alert', brand, message, code };
      const opened = await storeLaneFailure(trx, message, { kind: 'account_refused' }, now);
      return opened.length > 0 ? { kind: 'circuit_opened', brand, message, code } : undefined;
    }
  }
}

/**
 * A receipt may come up to 72 hours late. The account or the rate that an old one complains about may have been put
 * right since.
 */
function isNews({ submittedAt }: Failed, now: number): boolean {
  return now - submittedAt.getTime() <= OPEN_FOR.last;
}

/** The limit that was exceeded, by code: the account (1000), or the sender and its campaign (1241). */
const TOO_FAST: ReadonlyMap<string, 'account' | 'sender'> = new Map([
  ['1000', 'account'],
  ['1241', 'sender'],
]);

async function slowDown(trx: Db, message: string, code: string, now: number): Promise<void> {
  const scope = TOO_FAST.get(code);
  if (scope) await storeLaneFailure(trx, message, { kind: 'throttled', scope }, now);
}

async function findFailed(trx: Db, { clientRef, providerId }: ProviderError): Promise<Failed | undefined> {
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
async function markUnusable(
  { db: trx, tokenOf }: StoreInTransaction,
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
async function countFailures(
  trx: Db,
  { brand, contact, channel, address, attempt }: Failed,
  { code, at }: ProviderError,
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
async function wasGivenUpByHand(trx: Db, message: string): Promise<boolean> {
  const last: { action: string } | undefined = await trx('audit_log')
    .where({ subject_kind: 'message', subject_id: message })
    .orderBy('id', 'desc')
    .first('action');
  return last?.action === 'give_up';
}

/** A message whose step has a further channel goes to that channel instead. */
async function planAgain(trx: Db, { message, awaited, last, usefulUntil }: Failed, now: number): Promise<void> {
  if (awaited || !last || (await wasGivenUpByHand(trx, message))) return;
  const before: { count: number } | undefined = await trx('redeliveries')
    .where({ message_id: message, cause: 'provider' })
    .count<{ count: number }[]>('* as count')
    .first();
  const at = nextRedelivery(before?.count ?? 0, usefulUntil.getTime(), now);
  if (at === undefined) return;
  const planned = await trx('messages')
    .where({ id: message })
    .whereIn('state', ['rejected', 'undeliverable'])
    .update({ state: 'planned', reason: null, submitted_at: null, accepted_at: null });
  if (planned > 0) await requestRedelivery(trx, message, 'provider', at, now);
}

/** The provider has tried for the whole time to live, so a message that is due by then is useless. */
async function expire(trx: Db, { message, awaited, last }: Failed, code: string, now: number): Promise<void> {
  if (awaited || !last) return;
  await trx.raw(
    `with expired as (
       update messages set state = 'expired', reason = 'too_late' where id = :message and state in ('rejected', 'undeliverable')
       returning brand_id, order_id, contact_id, step, occurrence, kind, channel)
     insert into decisions (brand_id, order_id, contact_id, step, occurrence, kind, channel, decided_at, outcome, reason, rule)
       select *, cast(:now as timestamptz), 'skip', 'too_late', :rule from expired on conflict do nothing`,
    { message, rule: `provider.${code}`, now: timestamp(now) },
  );
}
