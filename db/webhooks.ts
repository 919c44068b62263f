import type { Knex } from 'knex';
import type { Meaning } from '../domain/inbound.ts';
import type { ErrorAction } from '../domain/provider-error.ts';
import { openCase } from './cases.ts';
import type { Db } from './connect.ts';
import type { Alarm } from './consequences.ts';
import { applyConsequence } from './consequences.ts';
import { changeSuppression } from './contacts.ts';
import type { Sender } from './conversations.ts';
import { storeInbound } from './conversations.ts';
import { retryDeadlock } from './deadlock.ts';
import { storeFact } from './inbox.ts';
import type { StatusReport, StatusResult } from './statuses.ts';
import { recordStatuses } from './statuses.ts';

export interface ReceivedText {
  readonly brand: string;
  readonly providerId: string;
  /** E.164. */
  readonly from: string;
  readonly text: string;
  readonly meaning: Meaning;
  readonly sender?: Sender;
  /** Epoch ms. */
  readonly at: number;
}

const REPLIES = { stop: 'opt_out_confirmed', start: 'opt_in_confirmed', help: 'help' } as const;

/** Stores a customer's text with everything it changes, in one transaction and once, however often the provider delivers it. */
export async function receiveText(db: Db, received: ReceivedText, now: number): Promise<'stored' | 'duplicate'> {
  const { meaning, from: address, ...rest } = received;
  const reply = 'score' in meaning || meaning.kind === 'question' ? undefined : REPLIES[meaning.kind];
  return db.transaction(async (trx) => {
    const id = await storeInbound(trx, { ...rest, address, meaning, ...(reply !== undefined && { reply }) }, now);
    if (id === undefined) return 'duplicate';
    await actOn(trx, received, id, now);
    return 'stored';
  });
}

async function actOn(trx: Knex.Transaction, received: ReceivedText, inbound: string, now: number): Promise<void> {
  const { brand, from: address, meaning, sender, at } = received;
  switch (meaning.kind) {
    case 'stop':
      return changeSuppression(trx, { brand, address, state: 'stopped', source: `inbound:${inbound}`, at }, now);
    case 'start':
      return changeSuppression(trx, { brand, address, state: 'lifted', source: `inbound:${inbound}`, at }, now);
    case 'help':
      return;
    case 'rated':
    case 'nps_given': {
      // Only an open question makes an answer of a number, and that question was asked about an order.
      const order = sender?.openQuestion?.order;
      if (order === undefined) return;
      await storeFact(trx, {
        brand,
        order,
        source: 'customer',
        id: received.providerId,
        type: meaning.kind,
        at,
        payload: { score: meaning.score },
        requestHash: Buffer.alloc(0),
        now,
      });
      return;
    }
    case 'question':
      if (!sender) return;
      await openCase(trx, {
        brand,
        contact: sender.contact,
        order: sender.order,
        kind: 'question',
        cause: inbound,
        at,
        byWorkflow: false,
      });
  }
}

/** What became of a status, and what somebody has to be told of. */
export interface ReceivedStatus {
  readonly result: StatusResult;
  readonly alarm?: Alarm;
}

/**
 * Stores a status that asks for something besides moving its message, and does that, in one transaction and once. What asks for
 * nothing is better off in a batch (`recordStatuses`).
 */
export async function receiveStatus(
  db: Db,
  status: StatusReport,
  error: { readonly code: string; readonly action: ErrorAction },
  now: number,
): Promise<ReceivedStatus> {
  const { clientRef, providerId } = status;
  const about = { ...error, providerId, ...(clientRef !== undefined && { clientRef }), at: Math.min(status.at, now) };
  return retryDeadlock(() =>
    db.transaction(async (trx) => {
      const [result = { kind: 'duplicate' }] = await recordStatuses(trx, [status], now);
      const alarm = result.kind === 'stored' ? await applyConsequence(trx, about, now) : undefined;
      return { result, ...(alarm && { alarm }) };
    }),
  );
}
