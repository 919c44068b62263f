import { Context } from '@temporalio/activity';
import type { Db } from '../db/connect.ts';
import { recordUnknown } from '../db/attempts.ts';
import type { LedgerMessage } from '../db/gate.ts';
import { readMessageAndGate } from '../db/gate.ts';
import { recordDecision } from '../db/messages.ts';
import type { Clock } from '../domain/clock.ts';
import type { FailureReason, SkipReason, WaitReason } from '../domain/reason.ts';
import type { RuleData } from './gate-decision.ts';
import { decide } from './gate-decision.ts';
import type { HandOverDeps } from './hand-over.ts';
import { handOver } from './hand-over.ts';
import type { SettleDeps } from './settle-message.ts';
import { settleMessage } from './settle-message.ts';

export interface SendMessageDeps extends HandOverDeps, SettleDeps {
  readonly db: Db;
  readonly rules: RuleData;
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

/** `moved`: the row has changed, by this run or another or a receipt, and has the answer now. */
export type Moved = 'moved';

/**
 * Hands one message of the ledger to the provider, at most once per submission. Every run starts from the ledger row, so a
 * retry after a crash finds what the run before it did: a row left `submitted` is unknown and waits to be settled.
 */
export function createSendMessage(deps: SendMessageDeps) {
  return async function sendMessage(input: SendMessageInput): Promise<SendMessageResult> {
    // The queue may be hours long, and Temporal only says when the attempt was put into it; a clock that is behind is no harm.
    const { currentAttemptScheduledTimestampMs: scheduledAt } = Context.current().info;
    const now = Math.max(input.asOf, scheduledAt, await deps.clock.now());
    // Each round reads the gate afresh: a submission fails when anything about the contact changed since.
    for (;;) {
      const result = await round(deps, input, now);
      if (result !== 'moved') return result;
    }
  };
}

async function round(deps: SendMessageDeps, input: SendMessageInput, now: number): Promise<SendMessageResult | Moved> {
  const { db, rules, faultPoint } = deps;
  const read = await readMessageAndGate(db, input.message, now);
  if (!read) throw new Error('no such message');
  const { message, gate, sender } = read;
  await faultPoint?.('gate_read', message.id);
  const standing = await stand(deps, message, input, now);
  if (standing !== 'submit') return standing;
  const { decision, where } = decide(message, gate, rules, now);
  if (decision.kind !== 'send') {
    await recordDecision(db, { ...message, contact: gate.contact, dueAt: now }, decision, where, now);
    if (decision.kind === 'wait') return { kind: 'wait', until: decision.until, reason: decision.reason };
    // The row knows what a refusal means for it: skipped, given up, or another run was faster.
    return 'moved';
  }
  return handOver(deps, message, gate, sender, now);
}

/** What to do with a message as the ledger has it: submit it, or answer without sending anything. */
async function stand(
  deps: SendMessageDeps,
  message: LedgerMessage,
  { settleOnly }: SendMessageInput,
  now: number,
): Promise<SendMessageResult | 'submit' | Moved> {
  switch (message.state) {
    case 'planned':
      return 'submit';
    case 'submitted':
      // An earlier run died between its commit and its answer.
      await recordUnknown(deps.db, message.id, 'crashed', now);
      return 'moved';
    case 'unknown':
      return settleMessage(deps, message, settleOnly ?? false, now);
    case 'accepted':
    case 'delivered':
    case 'read':
    case 'undeliverable':
      return { kind: 'accepted' };
    case 'rejected':
      return { kind: 'failed', reason: message.reason === 'undelivered' ? 'undelivered' : 'provider_refused' };
    case 'given_up':
      return { kind: 'failed', reason: message.reason as FailureReason };
    case 'skipped':
    case 'expired':
    case 'capped':
    case 'suppressed':
      return { kind: 'skip', reason: message.reason as SkipReason };
  }
}
