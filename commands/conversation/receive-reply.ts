import type { Knex } from 'knex';
import type { Confirming } from '../../channels/all.ts';
import { confirmingOf } from '../../channels/all.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { InboundCase, Meaning, KeywordReply, WordIndex } from '../../domain/conversation/inbound.ts';
import { meaningOf } from '../../domain/conversation/inbound.ts';
import type { Channel } from '../../domain/sending/message.ts';
import { kindRule } from '../../domain/sending/message.ts';
import { countryOfNumber, isUsOrCanadian } from '../../domain/contacts/phone.ts';
import type { ErrorAction, Alarm } from '../../domain/sending/provider-error.ts';
import type { Store, StoreInTransaction } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import { confirmConsent, declineConsent } from '../consent/answer-question.ts';
import { restore } from '../consent/restore.ts';
import { suppressionSourceOf, stop } from '../consent/stop.ts';
import { retryDeadlock } from '../../db/connection/unavailable.ts';
import { applyConsequence } from '../sending/apply-consequence.ts';
import type { StatusReport, StatusResult } from '../../db/sending/ledger/statuses.ts';
import { recordStatuses } from '../../db/sending/ledger/statuses.ts';
import { storeFact } from '../../db/orders/inbox.ts';
import { cancelPlannedErasure } from '../privacy/plan-erasure.ts';
import { makeUsable } from '../../db/contacts/contacts.ts';
import { openCase } from './open-case.ts';
import type { Inbound, Correspondent } from '../../db/conversation/conversations.ts';
import {
  findCorrespondent,
  isFirstStop,
  openQuestionsOf,
  recordDueReply,
  storeInbound,
} from '../../db/conversation/conversations.ts';

/** A customer's text as it came. */
export interface CustomerText {
  readonly brand: Brand;
  readonly providerId: string;
  readonly channel: Channel;
  /** E.164. */
  readonly from: string;
  /** Our number, short code or agent that the customer wrote to. */
  readonly to: string;
  /** Whole: the provider joins the parts of a long one. */
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Reads a customer's text and stores it with everything it changes, in one transaction and once, however often the provider
 * delivers it.
 */
export async function receiveText(
  store: Store,
  keywords: WordIndex,
  { brand, channel, from, to, ...received }: CustomerText,
  now: number,
): Promise<'stored' | 'duplicate'> {
  const writer = await findCorrespondent(store.db, brand.id, from, received.at, now);
  const open = writer ? openQuestionsOf(writer) : [];
  const meaning = meaningOf(received.text, { open, usOrCanada: isUsOrCanadian(from), keywords });
  const confirming = confirmingOf(brand, to, countryOfNumber(from));
  return retryDeadlock(() =>
    inTransaction(store, async (own) => {
      const { db: trx } = own;
      const about = { ...received, brand: brand.id, channel, address: from, meaning, ...(writer && { writer }) };
      const inbound = await storeInbound(trx, about, now);
      if (inbound === undefined) return 'duplicate';
      await makeUsable(trx, { brand: brand.id, address: from, channels: [channel] });
      const heard: Heard = { ...about, inbound, confirming, now };
      await actOn(own, heard);
      const reply = writer && (await replyTo(own, heard, writer));
      if (reply !== undefined) await recordDueReply(trx, inbound, reply);
      return 'stored';
    }),
  );
}

/** A text that was stored. */
interface Heard extends Inbound {
  readonly inbound: string;
  readonly confirming: Confirming;
  readonly now: number;
}

async function actOn(store: StoreInTransaction, heard: Heard): Promise<void> {
  const { db: trx } = store;
  const { brand, address, meaning, writer, at, now } = heard;
  const by = { kind: 'text', inbound: heard.inbound } as const;
  const source = suppressionSourceOf(by);
  const answered = writer && { brand, contact: writer.contact, source, at, now };
  switch (meaning.kind) {
    case 'stop':
      await stop(store, { brand, address, by, at }, now);
      if (meaning.alsoOrder && writer?.order != null) await openCaseOf(trx, heard, 'order_cancellation');
      return;
    case 'start':
      await restore(store, { brand, address, by, contact: writer?.contact, at }, now);
      return;
    case 'help':
    case 'keeps_data':
    case 'courtesy':
      return;
    case 'rated':
    case 'nps_given':
      return storeScore(trx, heard, meaning);
    case 'confirmed':
      if (answered) await confirmConsent(trx, answered);
      return;
    case 'declined':
      if (answered) await declineConsent(trx, answered);
      return;
    case 'unclear_opt_out':
      return openCaseOf(trx, heard, 'unclear_opt_out', true);
    case 'question':
      return openCaseOf(trx, heard, 'question', meaning.holdsPromotions);
  }
}

/** A number is an answer only if a question is open, and that question was about an order. */
async function storeScore(
  trx: Knex.Transaction,
  { brand, writer, providerId, at, now }: Heard,
  { kind, score }: Extract<Meaning, { score: number }>,
): Promise<void> {
  const order = writer?.openQuestion?.order;
  if (order === undefined) return;
  const fact = { brand, order, source: 'customer', id: providerId, type: kind, at, payload: { score } } as const;
  await storeFact(trx, { ...fact, requestHash: Buffer.alloc(0), now });
}

/** No case for a number that is unknown: an agent could not answer it. */
async function openCaseOf(
  trx: Knex.Transaction,
  { brand, writer, inbound, at }: Heard,
  kind: InboundCase,
  holdsPromotions = false,
): Promise<void> {
  if (!writer) return;
  const { contact, order } = writer;
  await openCase(trx, { brand, contact, order, kind, holdsPromotions, cause: inbound, at, byWorkflow: false });
}

async function replyTo(
  { db: trx, tokenOf }: StoreInTransaction,
  heard: Heard,
  writer: Correspondent,
): Promise<KeywordReply | undefined> {
  const { brand, address, meaning, inbound, confirming, now } = heard;
  switch (meaning.kind) {
    case 'stop': {
      if (confirming === 'never') return undefined;
      const send = meaning.alsoOrder && writer.order !== null ? 'opt_out_or_order' : 'opt_out_confirmed';
      const owed = { token: tokenOf(brand, address), usefulFor: kindRule(send).usefulFor, now };
      return confirming === 'each' || (await isFirstStop(trx, inbound, owed)) ? send : undefined;
    }
    case 'start':
      return confirming === 'never' ? undefined : 'opt_in_confirmed';
    case 'help':
      return 'help';
    case 'keeps_data': {
      const kept = await cancelPlannedErasure(trx, { brand, contact: writer.contact }, 'text', now);
      return kept ? 'erasure_cancelled' : undefined;
    }
    default:
      return undefined;
  }
}

/** The outcome of a status, and the alarm to raise. */
export interface ReceivedStatus {
  readonly result: StatusResult;
  readonly alarm?: Alarm;
}

/**
 * Stores a status with an action beyond its message, and carries the action out, in one transaction and once.
 * Statuses without such an action are faster in a batch (`recordStatuses`).
 */
export async function receiveStatus(
  store: Store,
  status: StatusReport,
  error: { readonly code: string; readonly action: ErrorAction },
  now: number,
): Promise<ReceivedStatus> {
  const { clientRef, providerId } = status;
  const about = { ...error, providerId, ...(clientRef !== undefined && { clientRef }), at: Math.min(status.at, now) };
  return retryDeadlock(() =>
    inTransaction(store, async (own) => {
      const [result = { kind: 'duplicate' }] = await recordStatuses(own.db, [status], now);
      const alarm = result.kind === 'stored' ? await applyConsequence(own, about, now) : undefined;
      return { result, ...(alarm && { alarm }) };
    }),
  );
}
