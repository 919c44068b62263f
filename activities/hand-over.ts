import { log } from '@temporalio/activity';
import { randomBytes } from 'node:crypto';
import { recordAccepted, recordRefused, recordUnknown, submit } from '../db/attempts.ts';
import type { Db } from '../db/connect.ts';
import { applyConsequence } from '../db/consequences.ts';
import type { Gate } from '../db/gate.ts';
import type { LedgerMessage } from '../db/ledger-message.ts';
import { recordDecision } from '../db/messages.ts';
import type { Settling } from '../domain/ledger.ts';
import { retryDelay } from '../domain/ledger.ts';
import type { MessageSender, OutgoingMessage, SendOutcome } from '../vonage/port.ts';
import { raiseAlarm } from './raise-alarm.ts';
import { tellLanes } from './report-trouble.ts';
import type { Moved, SendMessageResult } from './send-result.ts';

/** Where a drill may stop or delay a send: nothing committed yet, committed but not called, answered but not recorded. */
export type FaultPoint = 'gate_read' | 'submitted' | 'answered';

export interface HandOverDeps {
  readonly db: Db;
  readonly sender: MessageSender;
  readonly settling: Settling;
  /** Only the drills give one. */
  readonly faultPoint?: (point: FaultPoint, message: string) => Promise<void>;
}

/** A moment that stands in the ledger (epoch ms), and the same one by the process's own clock, which no one can set. */
export interface Moment {
  readonly now: number;
  readonly begun: number;
}

/**
 * Submits a message that may be sent, calls the provider and writes down what it answered. `moved` without a call: something
 * about the contact has changed since the gate was read.
 */
export async function handOver(
  deps: HandOverDeps,
  message: LedgerMessage,
  gate: Gate,
  { now, begun }: Moment,
): Promise<SendMessageResult | Moved> {
  const { db, faultPoint } = deps;
  if (!gate.address || gate.sender === undefined || message.body === null)
    throw new Error('a message to be submitted lacks its address, sender or text');
  const clientRef = randomBytes(16).toString('hex');
  const outgoing: OutgoingMessage = {
    channel: message.channel,
    to: gate.address.e164,
    from: gate.sender,
    text: message.body,
    clientRef,
    encoding: message.encoding === 'ucs2' ? 'unicode' : 'text',
    category: message.class === 'promotional' ? 'promotion' : 'transaction',
  };
  if (!(await submit(db, message, gate, outgoing, now))) return 'moved';
  await faultPoint?.('submitted', message.id);
  const outcome = await call(deps, outgoing, begun);
  await faultPoint?.('answered', message.id);
  const answeredAt = now + performance.now() - begun;
  switch (outcome.kind) {
    case 'accepted':
      for (const lane of await recordAccepted(db, clientRef, outcome.providerId, 'answer', now))
        log.info('a circuit has closed', { lane });
      return { kind: 'accepted' };
    case 'refused': {
      const result = await refused(db, message, gate.contact, clientRef, outcome, now);
      await tellLanes(db, message.id, outcome, answeredAt);
      return result;
    }
    case 'unknown':
      await recordUnknown(db, message.id, outcome.code, now);
      await tellLanes(db, message.id, outcome, answeredAt);
      return 'moved';
  }
}

/**
 * A run that has stood still does not call any more: its submission would be younger at the provider than in the ledger, and T2
 * counts from the ledger. Another run may even have settled the message meanwhile.
 */
async function call(
  { sender, settling }: HandOverDeps,
  outgoing: OutgoingMessage,
  begun: number,
): Promise<SendOutcome> {
  if (performance.now() - begun > settling.callWithin) return { kind: 'refused', code: 'stalled', retry: 'later' };
  return sender.send(outgoing);
}

async function refused(
  db: Db,
  message: LedgerMessage,
  contact: string,
  clientRef: string,
  outcome: Extract<SendOutcome, { kind: 'refused' }>,
  now: number,
): Promise<SendMessageResult> {
  if (outcome.retry === 'never') {
    await refusedForGood(db, clientRef, outcome, now);
    return { kind: 'failed', reason: 'provider_refused' };
  }
  await recordRefused(db, clientRef, outcome.code, undefined, now);
  const until = now + Math.max(outcome.retryAfterMs ?? 0, retryDelay(message.refusals));
  const decision = { kind: 'wait', until, reason: 'provider_busy', rule: `provider.${outcome.code}` } as const;
  await recordDecision(db, { ...message, contact, dueAt: now }, decision, { zones: [], zoneSource: 'none' }, now);
  return { kind: 'wait', until, reason: 'provider_busy' };
}

/** The refusal and what it asks for besides, in one transaction. */
async function refusedForGood(
  db: Db,
  clientRef: string,
  { code, action }: Extract<SendOutcome, { kind: 'refused' }>,
  now: number,
): Promise<void> {
  const alarm = await db.transaction(async (trx) => {
    await recordRefused(trx, clientRef, code, 'provider_refused', now);
    return action && applyConsequence(trx, { clientRef, code, action, at: now }, now);
  });
  raiseAlarm(alarm);
}
