/** The steps of an order as its run has them in memory, rebuilt from messages and decisions. */
import type { StepChannel, StepMove, StepPosition } from '../../domain/journey/failover.ts';
import { afterGate, afterResult } from '../../domain/journey/failover.ts';
import type { Journey, Step } from '../../domain/journey/journey.ts';
import { channelsOf } from '../../domain/journey/journey.ts';
import type { MessageStatus } from '../../domain/orders/events.ts';
import type { OrderState, StepProgress } from '../../domain/journey/plan.ts';
import { stepKey } from '../../domain/journey/plan.ts';
import type { FailureReason, SkipReason, WaitReason } from '../../domain/sending/reason.ts';
import type { SendMessageResult } from '../../domain/sending/intent.ts';
import type { LastDecision, LastMessage, OrderHistory } from './order-history.ts';

type RecordedSteps = Pick<OrderState, 'handled' | 'notBefore' | 'channelIndexes'>;

/**
 * One occurrence of a step. If it was neither handled nor deferred, it is due at its own time, on its first channel.
 */
interface RecordedStep extends StepPosition {
  readonly notBefore?: number | undefined;
}

/** Every occurrence of a step that was taken up, by key. */
export function recordedSteps(journey: Journey | null, { decisions, messages, causes }: OrderHistory): RecordedSteps {
  const steps = new Map(journey?.steps.map((step) => [step.id, step]));
  const decided = new Map(decisions.map((one) => [keyOf(one), one]));
  const written = new Map(messages.map((one) => [keyOf(one), one]));
  const handled: Record<string, StepProgress> = {};
  const notBefore: Record<string, number> = {};
  const channelIndexes: Record<string, number> = {};
  for (const key of new Set([...decided.keys(), ...written.keys()])) {
    const [decision, message] = [decided.get(key), written.get(key)];
    const recorded = recordedStep(key, steps.get((message ?? decision)?.step ?? ''), decision, message);
    if (recorded.progress) handled[key] = recorded.progress;
    if (recorded.notBefore !== undefined) notBefore[key] = recorded.notBefore;
    if (recorded.channelIndex > 0) channelIndexes[key] = recorded.channelIndex;
  }
  for (const cause of causes) handled[cause] = 'opened';
  return { handled, notBefore, channelIndexes };
}

function keyOf({ step, occurrence }: LastDecision | LastMessage): string {
  return stepKey(step, occurrence);
}

/** The message on the last tried channel decides, unless there is a later decision. */
function recordedStep(
  key: string,
  step: Step | undefined,
  decision: LastDecision | undefined,
  message: LastMessage | undefined,
): RecordedStep {
  const decidedOn = step && decision ? Math.max(0, channelsOf(step).indexOf(decision.channel)) : 0;
  if (!message || message.state === 'planned' || decidedOn > message.channel_index)
    return afterDecision(step, { key, channelIndex: decidedOn }, decision);
  return afterMessage(step, { key, channelIndex: message.channel_index }, message);
}

function afterDecision(step: Step | undefined, at: StepChannel, decision: LastDecision | undefined): RecordedStep {
  const { channelIndex } = at;
  if (decision?.outcome === 'send') return { channelIndex, progress: 'sending' };
  if (decision?.outcome !== 'wait' || !decision.wait_until) return { channelIndex };
  const why = { kind: 'wait', until: decision.wait_until.getTime(), reason: decision.reason as WaitReason } as const;
  return moved({ channelIndex }, afterGate(step, at, why, decision.decided_at.getTime()));
}

function afterMessage(step: Step | undefined, attempt: StepChannel, message: LastMessage): RecordedStep {
  const now = (message.accepted_at ?? message.submitted_at ?? message.due_at).getTime();
  const { results, reported } = resultsOf(message);
  const sending: RecordedStep = { channelIndex: attempt.channelIndex, progress: 'sending' };
  return results.reduce(
    (position, result) => moved(position, afterResult(step, position, attempt, result, { reported, now })),
    sending,
  );
}

function moved(from: RecordedStep, move: StepMove | undefined): RecordedStep {
  if (!move) return from;
  if (move.kind === 'done') return { channelIndex: from.channelIndex, progress: move.progress };
  return { channelIndex: move.channelIndex, notBefore: move.until };
}

interface Results {
  readonly results: readonly SendMessageResult[];
  readonly reported?: MessageStatus['status'];
}

/** The last result that the run was told for the message. None: it is being sent. */
function resultsOf({ state, reason, submitted_at: submittedAt }: LastMessage): Results {
  const unknown = { kind: 'unknown', settleAt: Infinity } as const;
  switch (state) {
    case 'planned':
    case 'submitted':
      return { results: [] };
    case 'unknown':
      return { results: [unknown] };
    case 'accepted':
      return { results: [{ kind: 'accepted' }] };
    case 'delivered':
    case 'read':
    case 'undeliverable':
      return { results: [{ kind: 'accepted' }], reported: state };
    case 'rejected':
      return { results: [{ kind: 'failed', reason: 'provider_refused' }] };
    case 'given_up': {
      // A submitted message was unknown before it was given up, and its step may have waited for the next channel
      // since then.
      const failed = { kind: 'failed', reason: reason as FailureReason } as const;
      return { results: submittedAt ? [unknown, failed] : [failed] };
    }
    case 'skipped':
    case 'expired':
    case 'capped':
    case 'suppressed':
      return { results: [{ kind: 'skip', reason: reason as SkipReason }] };
  }
}
