/**
 * The further consequences of a provider's error, beside the end of the attempt: for the number, for the message, and
 * for other messages of the same template, sender or account.
 */
import type { Alarm, ErrorAction } from '../../domain/sending/provider-error.ts';
import { OPEN_FOR } from '../../domain/sending/lane.ts';
import { MAX_FAILURES, nextRedelivery } from '../../domain/sending/ledger.ts';
import type { StoreInTransaction } from '../../db/addresses/store.ts';
import type { Db } from '../../db/connection/connect.ts';
import { stop } from '../consent/stop.ts';
import { storeLaneFailure } from '../../db/sending/lanes/lanes.ts';
import { endMessage } from '../../db/sending/ledger/end-message.ts';
import type { Failed } from '../../db/sending/ledger/failures.ts';
import {
  REFUSED,
  countFailures,
  countRedeliveries,
  findFailed,
  markUnusable,
  planRefusedAgain,
  wasGivenUpByHand,
} from '../../db/sending/ledger/failures.ts';
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

/** A message whose step has a further channel goes to that channel instead. */
async function planAgain(trx: Db, { message, awaited, last, usefulUntil }: Failed, now: number): Promise<void> {
  if (awaited || !last || (await wasGivenUpByHand(trx, message))) return;
  const before = await countRedeliveries(trx, message);
  const at = nextRedelivery(before, usefulUntil.getTime(), now);
  if (at === undefined) return;
  if (await planRefusedAgain(trx, message)) await requestRedelivery(trx, message, 'provider', at, now);
}

/** The provider has tried for the whole time to live, so a message that is due by then is useless. */
async function expire(trx: Db, { message, awaited, last }: Failed, code: string, now: number): Promise<void> {
  if (awaited || !last) return;
  const ended = { message, state: 'expired', reason: 'too_late', rule: `provider.${code}` } as const;
  await endMessage(trx, { ...ended, from: REFUSED }, now);
}
