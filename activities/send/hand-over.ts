import { log } from '@temporalio/activity';
import { randomBytes } from 'node:crypto';
import type { Allowed } from '../../db/sending/ledger/attempts.ts';
import { recordAccepted, recordRefused, recordUnknown, submit } from '../../db/sending/ledger/attempts.ts';
import type { Store } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import type { CodeOf } from '../../commands/privacy/ask-code.ts';
import { applyConsequence } from '../../commands/sending/apply-consequence.ts';
import type { Gate } from '../../domain/sending/gate/gate.ts';
import type { LedgerMessage } from '../../db/sending/ledger/ledger-message.ts';
import type { DecisionBasis } from '../../domain/sending/gate/decision.ts';
import { recordDecision } from '../../db/sending/ledger/messages.ts';
import { withCode } from '../../domain/privacy/access-code.ts';
import type { SettleRules } from '../../domain/sending/ledger.ts';
import { retryDelay } from '../../domain/sending/ledger.ts';
import type { MessageSender, OutgoingMessage, SendOutcome } from '../../vonage/port.ts';
import { raiseAlarm, recordLaneFailure } from './record-lane-failure.ts';
import type { Again, SendMessageResult } from '../../domain/sending/intent.ts';
import { AGAIN } from '../../domain/sending/intent.ts';

/** Where a drill may stop or delay a send: nothing committed yet, committed but not called, answered but not recorded. */
export type FaultPoint = 'gate_read' | 'submitted' | 'answered';

export interface SubmitDeps extends Store {
  readonly sender: MessageSender;
  readonly settling: SettleRules;
  /** Absent: no text with a code can be sent. */
  readonly codeOf?: CodeOf;
  /** Only the drills give one. */
  readonly faultPoint?: (point: FaultPoint, message: string) => Promise<void>;
}

/** The rule that allowed the message, and the last moment at which the message is useful, epoch ms. */
interface MayGo extends Allowed {
  readonly usefulUntil: number;
}

/**
 * A moment as it is written into the ledger (epoch ms), and the same moment by `performance.now()`, which no one can
 * set.
 */
export interface CallClock {
  readonly now: number;
  readonly begun: number;
}

/**
 * Submits a message that may be sent, calls the provider and records its answer. `again`: the contact has changed
 * since the gate was read, so the provider was not called.
 */
export async function submitAndCall(
  deps: SubmitDeps,
  message: LedgerMessage,
  gate: Gate,
  allowed: MayGo,
  { now, begun }: CallClock,
): Promise<SendMessageResult | Again> {
  const { db, faultPoint } = deps;
  if (!gate.address || gate.sender === undefined || message.body === null)
    throw new Error('a message to be submitted lacks its address, sender or text');
  const clientRef = randomBytes(16).toString('hex');
  const outgoing: OutgoingMessage = {
    channel: message.channel,
    to: gate.address.e164,
    from: gate.sender,
    text: textOf(deps, message, message.body),
    clientRef,
    encoding: message.encoding === 'ucs2' ? 'unicode' : 'text',
    // Without a time to live the provider tries for 72 hours: a phone that was switched on again on Friday got
    // Tuesday's "out for delivery".
    ttlSeconds: Math.max(0, (allowed.usefulUntil - now) / 1000),
    class: gate.countsAsPromotion ? 'promotional' : message.class,
  };
  if (!(await submit(db, message, gate, outgoing, now, allowed))) return AGAIN;
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
      const about = { contact: gate.contact, clientRef, where: allowed.where };
      const result = await refused(deps, message, about, outcome, now);
      await recordLaneFailure(db, message.id, outcome, answeredAt);
      return result;
    }
    case 'unknown':
      await recordUnknown(db, message.id, outcome.code, now);
      await recordLaneFailure(db, message.id, outcome, answeredAt);
      return AGAIN;
  }
}

/** Puts the code into the text. The stored text, which can be looked up, has only the placeholder. */
function textOf({ codeOf }: SubmitDeps, { kind, occurrence }: LedgerMessage, body: string): string {
  if (kind !== 'access_code') return body;
  if (!codeOf) throw new Error('a code is to be sent and there is no key for it');
  return withCode(body, codeOf(occurrence));
}

/**
 * A run that has stalled does not call the provider. Its message would be older in the ledger than at the provider,
 * and T2 counts from the ledger. Another run may even have settled the message in the meantime.
 */
async function call({ sender, settling }: SubmitDeps, outgoing: OutgoingMessage, begun: number): Promise<SendOutcome> {
  if (performance.now() - begun > settling.callWithin) return { kind: 'refused', code: 'stalled', retry: 'later' };
  return sender.send(outgoing);
}

async function refused(
  deps: SubmitDeps,
  message: LedgerMessage,
  {
    contact,
    clientRef,
    where,
  }: { readonly contact: string; readonly clientRef: string; readonly where: DecisionBasis },
  outcome: Extract<SendOutcome, { kind: 'refused' }>,
  now: number,
): Promise<SendMessageResult> {
  const { db } = deps;
  if (outcome.retry === 'never') {
    await refusedForGood(deps, clientRef, outcome, now);
    return { kind: 'failed', reason: 'provider_refused' };
  }
  await recordRefused(db, clientRef, outcome.code, undefined, now);
  const until = now + Math.max(outcome.retryAfterMs ?? 0, retryDelay(message.refusals));
  const decision = { kind: 'wait', until, reason: 'provider_busy', rule: `provider.${outcome.code}` } as const;
  await recordDecision(db, { ...message, contact, dueAt: now }, decision, where, now);
  return { kind: 'wait', until, reason: 'provider_busy' };
}

/** Records the refusal and carries out its further action, in one transaction. */
async function refusedForGood(
  store: SubmitDeps,
  clientRef: string,
  { code, action }: Extract<SendOutcome, { kind: 'refused' }>,
  now: number,
): Promise<void> {
  const alarm = await inTransaction(store, async (own) => {
    await recordRefused(own.db, clientRef, code, 'provider_refused', now);
    return action && applyConsequence(own, { clientRef, code, action, at: now }, now);
  });
  raiseAlarm(alarm);
}
