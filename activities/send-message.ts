import { Context } from '@temporalio/activity';
import { randomBytes } from 'node:crypto';
import type { Db } from '../db/connect.ts';
import { giveUp, recordAccepted, recordRefused, recordUnknown, submit } from '../db/attempts.ts';
import type { Gate, LedgerMessage } from '../db/gate.ts';
import { readMessageAndGate } from '../db/gate.ts';
import { recordDecision } from '../db/messages.ts';
import { MAX_SUBMISSIONS, SETTLE_AFTER, resendsUnknown, retryDelay } from '../domain/ledger.ts';
import type { Clock } from '../domain/clock.ts';
import type { FailureReason, SkipReason, WaitReason } from '../domain/reason.ts';
import type { MessageSender, SendOutcome } from '../vonage/port.ts';
import type { RuleData } from './gate-decision.ts';
import { decide } from './gate-decision.ts';

export interface SendMessageDeps {
  readonly db: Db;
  readonly rules: RuleData;
  readonly sender: MessageSender;
  /** Tells how late it has become in the send queue. */
  readonly clock: Clock;
}

export interface SendMessageInput {
  readonly message: string;
  /** Epoch ms of the workflow when it asked. */
  readonly asOf: number;
  /** The order no longer wants it: an unknown outcome is settled without sending once more. */
  readonly settleOnly?: true;
}

export type SendMessageResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | { readonly kind: 'failed'; readonly reason: FailureReason }
  /** Nobody knows whether the provider took it. Ask again at `settleAt`; never before, and never by sending blindly. */
  | { readonly kind: 'unknown'; readonly settleAt: number };

/**
 * Hands one message of the ledger to the provider, at most once per submission. Every run starts from the ledger row, so a
 * retry after a crash finds what the run before it did: a row left `submitted` is unknown and waits to be settled.
 */
export function createSendMessage(deps: SendMessageDeps) {
  return async function sendMessage(input: SendMessageInput): Promise<SendMessageResult> {
    const id = input.message;
    // The queue may be hours long, and Temporal only says when the attempt was put into it; a clock that is behind is no harm.
    const { currentAttemptScheduledTimestampMs: scheduledAt } = Context.current().info;
    const now = Math.max(input.asOf, scheduledAt, await deps.clock.now());
    // Each round reads the gate afresh: a submission fails when anything about the contact changed since.
    for (;;) {
      const read = await readMessageAndGate(deps.db, id, now);
      if (!read) throw new Error('no such message');
      const { message, gate } = read;
      const standing = await stand(deps.db, message, input, now);
      if (standing === 'moved') continue;
      if (standing !== 'submit') return standing;
      const { decision, where } = decide(message, gate, deps.rules, now);
      if (decision.kind !== 'send') {
        await recordDecision(deps.db, { ...message, contact: gate.contact, dueAt: now }, decision, where, now);
        if (decision.kind === 'wait') return { kind: 'wait', until: decision.until, reason: decision.reason };
        // The row knows what a refusal means for it: skipped, given up, or another run was faster.
        continue;
      }
      const clientRef = randomBytes(16).toString('hex');
      if (!(await submit(deps.db, message, gate, clientRef, now))) continue;
      const result = await handOver(deps, message, gate, read.sender, clientRef, now);
      if (result !== 'moved') return result;
    }
  };
}

/** `moved`: a receipt or another run has changed the row in between, which has the answer now. */
type Moved = 'moved';

/** What to do with a message as the ledger has it: submit it, or answer without sending anything. */
async function stand(
  db: Db,
  message: LedgerMessage,
  input: SendMessageInput,
  now: number,
): Promise<SendMessageResult | 'submit' | Moved> {
  switch (message.state) {
    case 'planned':
      return 'submit';
    case 'submitted':
      // An earlier run died between its commit and its answer.
      return unknown(db, message.id, 'crashed', message.submittedAt ?? now, now);
    case 'unknown':
      return settle(db, message, input, now);
    case 'accepted':
    case 'delivered':
    case 'read':
    case 'undeliverable':
      return { kind: 'accepted' };
    case 'rejected':
      return { kind: 'failed', reason: message.reason === 'undelivered' ? 'undelivered' : 'provider_refused' };
    case 'given_up':
      return { kind: 'failed', reason: 'outcome_unknown_given_up' };
    case 'skipped':
    case 'expired':
    case 'capped':
    case 'suppressed':
      return { kind: 'skip', reason: message.reason as SkipReason };
  }
}

/**
 * No status webhook has come. Too early: keep waiting. After that it is given up, or by its class sent once more, if the gate
 * still allows it: one that has outlived its use is given up there.
 */
async function settle(
  db: Db,
  message: LedgerMessage,
  { settleOnly }: SendMessageInput,
  now: number,
): Promise<SendMessageResult | 'submit' | Moved> {
  const settleAt = (message.submittedAt ?? now) + SETTLE_AFTER;
  if (now < settleAt) return { kind: 'unknown', settleAt };
  if (!settleOnly && resendsUnknown(message.class) && message.submissions < MAX_SUBMISSIONS) return 'submit';
  return (await giveUp(db, message.id, now)) ? { kind: 'failed', reason: 'outcome_unknown_given_up' } : 'moved';
}

async function unknown(
  db: Db,
  message: string,
  code: string,
  submittedAt: number,
  now: number,
): Promise<SendMessageResult | Moved> {
  const state = await recordUnknown(db, message, code, now);
  return state === 'unknown' ? { kind: 'unknown', settleAt: submittedAt + SETTLE_AFTER } : 'moved';
}

async function handOver(
  { db, sender }: SendMessageDeps,
  message: LedgerMessage,
  gate: Gate,
  from: string,
  clientRef: string,
  now: number,
): Promise<SendMessageResult | Moved> {
  if (!gate.address || message.body === null) throw new Error('a submitted message lacks its address or text');
  const outcome = await sender.send({
    to: gate.address.e164,
    from,
    text: message.body,
    clientRef,
    encoding: message.encoding === 'ucs2' ? 'unicode' : 'text',
  });
  switch (outcome.kind) {
    case 'accepted':
      await recordAccepted(db, clientRef, outcome.providerId, now);
      return { kind: 'accepted' };
    case 'refused':
      return refused(db, message, gate.contact, clientRef, outcome, now);
    case 'unknown':
      return unknown(db, message.id, outcome.code, now, now);
  }
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
