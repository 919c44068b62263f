import { randomBytes } from 'node:crypto';
import { recordAccepted, recordRefused, recordUnknown, submit } from '../db/attempts.ts';
import type { Db } from '../db/connect.ts';
import type { Gate, LedgerMessage } from '../db/gate.ts';
import { recordDecision } from '../db/messages.ts';
import type { Settling } from '../domain/ledger.ts';
import { retryDelay } from '../domain/ledger.ts';
import type { MessageSender, OutgoingMessage, SendOutcome } from '../vonage/port.ts';
import type { Moved, SendMessageResult } from './send-message.ts';

/** Where a drill may stop or delay a send: nothing committed yet, committed but not called, answered but not recorded. */
export type FaultPoint = 'gate_read' | 'submitted' | 'answered';

export interface HandOverDeps {
  readonly db: Db;
  readonly sender: MessageSender;
  readonly settling: Settling;
  /** Only the drills give one. */
  readonly faultPoint?: (point: FaultPoint, message: string) => Promise<void>;
}

/**
 * Submits a message that may be sent, calls the provider and writes down what it answered. `moved` without a call: something
 * about the contact has changed since the gate was read.
 */
export async function handOver(
  deps: HandOverDeps,
  message: LedgerMessage,
  gate: Gate,
  from: string,
  now: number,
): Promise<SendMessageResult | Moved> {
  const { db, faultPoint } = deps;
  if (!gate.address || message.body === null) throw new Error('a message to be submitted lacks its address or text');
  const clientRef = randomBytes(16).toString('hex');
  const outgoing: OutgoingMessage = {
    channel: message.channel,
    to: gate.address.e164,
    from,
    text: message.body,
    clientRef,
    encoding: message.encoding === 'ucs2' ? 'unicode' : 'text',
    category: message.class === 'promotional' ? 'promotion' : 'transaction',
  };
  const begun = performance.now();
  if (!(await submit(db, message, gate, outgoing, now))) return 'moved';
  await faultPoint?.('submitted', message.id);
  const outcome = await call(deps, outgoing, begun);
  await faultPoint?.('answered', message.id);
  switch (outcome.kind) {
    case 'accepted':
      await recordAccepted(db, clientRef, outcome.providerId, 'answer', now);
      return { kind: 'accepted' };
    case 'refused':
      return refused(db, message, gate.contact, clientRef, outcome, now);
    case 'unknown':
      await recordUnknown(db, message.id, outcome.code, now);
      return 'moved';
  }
}

/**
 * A run that stood still between its commit and its call, for longer than a call may take, does not call any more: another run
 * may have settled the message meanwhile. T2 begins only when a call would have ended.
 */
async function call(
  { sender, settling }: HandOverDeps,
  outgoing: OutgoingMessage,
  begun: number,
): Promise<SendOutcome> {
  if (performance.now() - begun > settling.answerWithin) return { kind: 'refused', code: 'stalled', retry: 'later' };
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
    await recordRefused(db, clientRef, outcome.code, 'provider_refused', now);
    return { kind: 'failed', reason: 'provider_refused' };
  }
  await recordRefused(db, clientRef, outcome.code, undefined, now);
  const until = now + Math.max(outcome.retryAfterMs ?? 0, retryDelay(message.refusals));
  const decision = { kind: 'wait', until, reason: 'provider_busy', rule: `provider.${outcome.code}` } as const;
  await recordDecision(db, { ...message, contact, dueAt: now }, decision, { zones: [], zoneSource: 'none' }, now);
  return { kind: 'wait', until, reason: 'provider_busy' };
}
