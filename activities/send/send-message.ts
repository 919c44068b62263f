import { Context, sleep } from '@temporalio/activity';
import type { Db } from '../../db/connection/connect.ts';
import { giveUp, recordUnknown } from '../../db/sending/ledger/attempts.ts';
import type { Gate } from '../../domain/sending/gate/gate.ts';
import { NO_BASIS } from '../../domain/sending/gate/decision.ts';
import type { LedgerMessage, MessageAndGate } from '../../db/sending/ledger/ledger-message.ts';
import { batchedReads, withReservation } from '../../db/sending/ledger/ledger-message.ts';
import { recordDecision, skipMessage } from '../../db/sending/ledger/messages.ts';
import type { TextToStore } from '../../db/sending/lanes/slots.ts';
import { saveText } from '../../db/sending/lanes/slots.ts';
import type { ReservableStates, Reservation } from '../../db/sending/lanes/reservations.ts';
import type { Clock } from '../../domain/time/clock.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { FailureReason, SkipReason } from '../../domain/sending/reason.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import { decide } from '../../domain/sending/gate/decide.ts';
import { createAskStillWanted } from './ask-still-wanted.ts';
import type { SubmitDeps, CallClock } from './hand-over.ts';
import { submitAndCall } from './hand-over.ts';
import type { Again, SendMessageResult } from '../../domain/sending/intent.ts';
import { AGAIN } from '../../domain/sending/intent.ts';
import { recordLaneFailure } from './record-lane-failure.ts';
import type { SettleDeps } from './settle-message.ts';
import { settleMessage } from './settle-message.ts';

export interface SendMessageDeps extends SubmitDeps, SettleDeps {
  readonly db: Db;
  readonly rules: RuleData;
  /** Gives the moment at which the message leaves the send queue. */
  readonly clock: Clock;
}

export interface SendMessageInput {
  readonly message: string;
  /** Its kind tells which rows have to be read. Absent: a run of the version before has asked. */
  readonly kind?: MessageKind;
  /** Epoch ms of the workflow when it asked. */
  readonly asOf: number;
  /** The order no longer wants the message: its unknown outcome is settled, but it is not sent again. */
  readonly settleOnly?: true;
}

/**
 * Ms. A message that was handed over longer ago has waited in the queue, so its order is asked again whether it wants
 * it. An ordinary send starts within 0.1 s and asks nothing.
 */
const FRESH_FOR = 3_000;

/**
 * Hands one message of the ledger to the provider, at most once per submission. Every run starts from the ledger row,
 * so a retry after a crash sees the work of the run before it. A row that is still `submitted` has an unknown outcome
 * and has to be settled.
 */
export function createSendMessage(given: SendMessageDeps) {
  const deps: RoundDeps = { ...given, readMessage: batchedReads(given.db) };
  /** `inserted`: the message as it was just inserted, with the gate of its decision. It is not read again. */
  return async function sendMessage(input: SendMessageInput, inserted?: MessageAndGate): Promise<SendMessageResult> {
    // A message may wait for hours in the queue, and only Temporal knows when it put this attempt there. The latest
    // of the three moments counts, so a slow clock does no harm.
    const { currentAttemptScheduledTimestampMs: scheduledAt } = Context.current().info;
    const now = Math.max(input.asOf, scheduledAt, await deps.clock.now());
    const run: Run = {
      now,
      begun: performance.now(),
      reservable: ['planned'],
      granted: false,
      again: false,
      ...(inserted && { inserted }),
      ...(inserted?.message.inserted && { unsaved: inserted.message.inserted }),
    };
    // Each round reads the gate anew, except the first one of an `inserted` message. A submission fails if the contact has changed since.
    for (;;) {
      const result = await round(deps, input, run);
      if (result.kind !== 'again') return result;
    }
  };
}

/** State of a run from its earlier rounds. */
interface Run extends CallClock {
  /** Later than the start of the run by the time that it has waited for a token. */
  now: number;
  begun: number;
  /** States of a message that may reserve tokens in the lanes. Empty: they were granted. */
  reservable: ReservableStates;
  granted: boolean;
  /** The message was submitted before. */
  again: boolean;
  /** For the first round alone: later rounds read the message. */
  inserted?: MessageAndGate;
  /** The text of that message, until it is stored. */
  unsaved?: TextToStore;
  /** The version of the gate at which the order said that it wants the message. A later change moves the version. */
  wantedAt?: number;
}

interface RoundDeps extends SendMessageDeps {
  readonly readMessage: ReturnType<typeof batchedReads>;
}

async function round(deps: RoundDeps, input: SendMessageInput, run: Run): Promise<SendMessageResult | Again> {
  const { db, rules, faultPoint, readMessage } = deps;
  const { now } = run;
  // A message whose decision is old, for example because the database was away, is decided again.
  const inserted = now - input.asOf <= FRESH_FOR ? run.inserted : undefined;
  delete run.inserted;
  if (run.unsaved && !inserted) {
    await saveText(db, input.message, run.unsaved);
    delete run.unsaved;
  }
  const read = inserted
    ? await withReservation(db, inserted, now)
    : await readMessage(input.message, now, run.reservable, input.kind);
  if (!read) throw new Error('no such message');
  const { message, gate, reservation } = read;
  await faultPoint?.('gate_read', message.id);
  run.again ||= message.state === 'submitted' || message.state === 'unknown';
  const next = await nextAction(deps, message, input, now);
  if (next !== 'submit') return next;
  if (message.misdirected) {
    await skipMessage(db, message.id, 'number_corrected', 'order.corrected', now);
    return AGAIN;
  }
  if (!run.granted && !reservation) {
    // An unknown message reserves tokens only if it is to be submitted again. Most are settled without a call.
    run.reservable = ['planned', 'unknown'];
    return AGAIN;
  }
  if (reservation?.kind === 'granted') {
    run.granted = true;
    run.reservable = [];
  }
  // The gate decides for the moment of the reservation, which may be later than now.
  const { decision, where, usefulUntil } = decided(message, gate, rules, reservation, now);
  if (decision.kind !== 'send') {
    await recordDecision(db, { ...message, contact: gate.contact, dueAt: now }, decision, where, now);
    if (decision.kind === 'wait') return { kind: 'wait', until: decision.until, reason: decision.reason };
    // The ledger row has the result: skipped, given up, or changed by another run. The next round reads it.
    return AGAIN;
  }
  const unwanted = await askTheOrder(deps, message, gate, input, run);
  if (unwanted) return unwanted;
  if (reservation?.kind === 'granted' && reservation.probe) {
    if (!(await deps.sender.answers())) {
      // The provider is still away. A call now would mostly end with an unknown outcome, so none is made.
      await recordLaneFailure(db, message.id, { kind: 'unknown', code: 'no_answer' }, now);
      Object.assign(run, { granted: false, reservable: ['planned', 'unknown'] });
      return AGAIN;
    }
    // The probe may be slow. Its duration does not count against `callWithin`.
    const begun = performance.now();
    Object.assign(run, { now: run.now + begun - run.begun, begun });
  }
  if (reservation && reservation.at > now) {
    // A STOP during the wait moves the gate's version, so the submission fails.
    await sleep(reservation.at - now);
    run.now = reservation.at;
    run.begun = performance.now();
  }
  return submitAndCall(deps, message, gate, { rule: decision.rule, where, usefulUntil }, run);
}

/**
 * Asks the order again whether it wants a message that has waited in the queue, was overtaken by a fact, or was
 * submitted before. Undefined: the message is to be submitted. A change after the answer moves the gate's version, so
 * the submission fails.
 */
async function askTheOrder(
  { db }: SendMessageDeps,
  message: LedgerMessage,
  gate: Gate,
  { asOf }: SendMessageInput,
  run: Run,
): Promise<SendMessageResult | Again | undefined> {
  const { now } = run;
  const isOld = now - asOf > FRESH_FOR || message.overtaken || run.again;
  if (message.order === null || !isOld || run.wantedAt === gate.version) return undefined;
  const wanted = await createAskStillWanted({ db })({ message: message.id, asOf: now });
  switch (wanted.kind) {
    case 'wanted':
      run.wantedAt = gate.version;
      return undefined;
    case 'wait':
    case 'held': {
      const held = wanted.by === 'pause' ? PAUSED : HELD_BY_CASE;
      // The run knows of a pause and plans the message for its end. A run that was not yet told of a case would ask
      // again at once, so the message waits a minute.
      const until = wanted.by === 'pause' ? now : now + MINUTE;
      const decision = { kind: 'wait', until, ...held } as const;
      await recordDecision(db, { ...message, contact: gate.contact, dueAt: now }, decision, NO_BASIS, now);
      return { kind: 'wait', until, reason: held.reason };
    }
    case 'settle_only':
      await giveUp(db, message.id, now);
      return AGAIN;
    case 'skip':
      return AGAIN;
  }
}

const PAUSED = { reason: 'paused_by_operator', rule: 'order.paused' } as const;
const HELD_BY_CASE = { reason: 'open_case', rule: 'case.any_order' } as const;

/**
 * The gate's decision for the moment of the message's reservation. If the reservation is a later slot, the decision is to wait for
 * it.
 */
function decided(
  message: LedgerMessage,
  gate: Gate,
  rules: RuleData,
  reservation: Reservation | undefined,
  now: number,
): ReturnType<typeof decide> {
  const asked = decide(message, gate, rules, Math.max(now, reservation?.at ?? now));
  if (reservation?.kind !== 'later' || asked.decision.kind !== 'send') return asked;
  const { at, reason, rule } = reservation;
  return { ...asked, decision: { kind: 'wait', until: at, reason, rule } };
}

/** The next action for a message as the ledger has it: submit it, or answer without sending anything. */
async function nextAction(
  deps: SendMessageDeps,
  message: LedgerMessage,
  { settleOnly }: SendMessageInput,
  now: number,
): Promise<SendMessageResult | 'submit' | Again> {
  switch (message.state) {
    case 'planned':
      if (settleOnly) {
        // The message was refused for now, or never handed over. There is nothing to settle, and its order does not
        // want it any more.
        await skipMessage(deps.db, message.id, 'superseded', 'settle.only', now);
        return AGAIN;
      }
      return message.notBefore !== undefined && message.notBefore > now
        ? { kind: 'wait', until: message.notBefore, reason: 'provider_busy' }
        : 'submit';
    case 'submitted':
      // An earlier run died after its commit and before it recorded an answer.
      await recordUnknown(deps.db, message.id, 'crashed', now);
      return AGAIN;
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
      // The step is not done: the order plans it again for the new number. A redelivery is not repeated, because it
      // was meant for the old number only.
      if (message.reason === 'number_corrected' && message.notBefore === undefined)
        return { kind: 'wait', until: now, reason: 'number_corrected' };
      return { kind: 'skip', reason: message.reason as SkipReason };
    case 'expired':
    case 'capped':
    case 'suppressed':
      return { kind: 'skip', reason: message.reason as SkipReason };
  }
}
