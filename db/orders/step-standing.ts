/** Where the steps of an order stand: what its workflow keeps in memory, from the messages and decisions on record. */
import { durationMs } from '../../domain/time/duration.ts';
import type { Journey, Step } from '../../domain/journey/journey.ts';
import { channelsOf } from '../../domain/journey/journey.ts';
import type { MessageState } from '../../domain/sending/message.ts';
import type { OrderState, StepProgress } from '../../domain/journey/plan.ts';
import { stepKey } from '../../domain/journey/plan.ts';
import type { SkipReason } from '../../domain/sending/reason.ts';
import { isOfTheChannel } from '../../domain/sending/reason.ts';
import type { LastDecision, LastMessage, OrderHistory } from './order-history.ts';

/** The outcome of a message for its step. A planned one is at work or deferred: its last decision tells. */
const PROGRESS: Readonly<Record<MessageState, StepProgress | undefined>> = {
  planned: undefined,
  submitted: 'sending',
  unknown: 'sent',
  accepted: 'sent',
  delivered: 'sent',
  read: 'sent',
  undeliverable: 'sent',
  rejected: 'failed',
  given_up: 'failed',
  skipped: 'skipped',
  expired: 'skipped',
  capped: 'skipped',
  suppressed: 'skipped',
};

type StepStandings = Pick<OrderState, 'handled' | 'notBefore' | 'hops'>;

/** One step occurrence. Neither handled nor put off: due at its own time, on its first channel. */
interface StepStanding {
  readonly progress?: StepProgress | undefined;
  readonly notBefore?: number | undefined;
  readonly hop?: number;
}

/** Of every step occurrence that was taken up, by key. */
export function stepStandings(journey: Journey | null, { decisions, messages, causes }: OrderHistory): StepStandings {
  const steps = new Map(journey?.steps.map((step) => [step.id, step]));
  const decided = new Map(decisions.map((one) => [keyOf(one), one]));
  const written = new Map(messages.map((one) => [keyOf(one), one]));
  const handled: Record<string, StepProgress> = {};
  const notBefore: Record<string, number> = {};
  const hops: Record<string, number> = {};
  for (const key of new Set([...decided.keys(), ...written.keys()])) {
    const [decision, message] = [decided.get(key), written.get(key)];
    const standing = stepStanding(steps.get((message ?? decision)?.step ?? ''), decision, message);
    if (standing.progress) handled[key] = standing.progress;
    if (standing.notBefore !== undefined) notBefore[key] = standing.notBefore;
    if (standing.hop !== undefined && standing.hop > 0) hops[key] = standing.hop;
  }
  for (const cause of causes) handled[cause] = 'opened';
  return { handled, notBefore, hops };
}

function keyOf({ step, occurrence }: LastDecision | LastMessage): string {
  return stepKey(step, occurrence);
}

/** The message on the last channel that was tried decides, unless a later decision was made. */
function stepStanding(
  step: Step | undefined,
  decision: LastDecision | undefined,
  message: LastMessage | undefined,
): StepStanding {
  const decidedHop = step && decision ? channelsOf(step).indexOf(decision.channel) : 0;
  if (!message || message.state === 'planned' || decidedHop > message.hop) {
    const deferred = decision?.outcome === 'wait' ? decision.wait_until?.getTime() : undefined;
    return { hop: decidedHop, notBefore: deferred, progress: decision?.outcome === 'send' ? 'sending' : undefined };
  }
  if (message.awaited) {
    if (message.state === 'accepted' || message.state === 'unknown') {
      const since = message.accepted_at ?? message.submitted_at ?? message.due_at;
      return { hop: message.hop + 1, notBefore: since.getTime() + durationMs(step?.failover?.after ?? '0') };
    }
    if (wasRefused(message)) return { hop: message.hop + 1 };
  }
  return { hop: message.hop, progress: message.reason === 'delivered_elsewhere' ? 'sent' : PROGRESS[message.state] };
}

/** On its channel alone: the next one is turned to. */
function wasRefused({ state, reason }: LastMessage): boolean {
  if (state === 'rejected' || state === 'undeliverable') return true;
  return PROGRESS[state] === 'skipped' && reason !== null && isOfTheChannel(reason as SkipReason);
}
