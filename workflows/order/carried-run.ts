/**
 * Input and result of a run of an order's workflow. Recorded histories and runs under way have these field names, so they stay: the words of
 * the wire (`hops`, `struck`, `settling`, `awaited`) become those of domain/journey/run.ts here and nowhere else.
 */
import type { CompiledJourney } from '../../domain/journey/compiled-form.ts';
import { compileJourney, expandJourney } from '../../domain/journey/compiled-journey.ts';
import { phaseOf } from '../../domain/orders/phase.ts';
import type { StepChannel } from '../../domain/journey/failover.ts';
import type { MessagesUnderWay } from '../../domain/journey/messages-under-way.ts';
import { NONE_UNDER_WAY } from '../../domain/journey/messages-under-way.ts';
import type { OrderState, StepProgress } from '../../domain/journey/plan.ts';
import type { CorrectedContact, Run, RunLine } from '../../domain/journey/run.ts';
import { NEW_RUN, isDoneForGood } from '../../domain/journey/run.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { OrderRef } from '../contract.ts';

/** The last lines are enough to see the latest actions; the whole timeline is in the database. */
const LINES_CARRIED = 5;

/** A message whose outcome is unknown, and when it is to be settled, epoch ms. */
interface CarriedUnclear {
  readonly message: string;
  readonly kind: MessageKind;
  readonly at: number;
  /** The step's key and the index of the channel, from the second channel on. */
  readonly key?: string;
  readonly hop?: number;
}

interface CarriedState extends Omit<OrderState, 'channelIndexes' | 'skippedSteps'> {
  readonly hops?: OrderState['channelIndexes'];
  readonly struck: OrderState['skippedSteps'];
}

/** Everything a run hands to the next one; at most 4 KB as JSON. */
export interface CarriedRun {
  readonly contact?: string;
  /** The order's contact since its number was corrected. */
  readonly correction?: CorrectedContact;
  readonly journey?: CompiledJourney;
  readonly state: CarriedState;
  /** By step key; from the second channel on by message. */
  readonly settling: Readonly<Record<string, CarriedUnclear>>;
  /** By message: those that have another channel behind them. */
  readonly awaited?: Readonly<Record<string, { readonly key: string; readonly hop: number }>>;
  /** Ids of the last commands: an update id is only known to the run it came to. */
  readonly commands: readonly string[];
  readonly timeline: readonly RunLine[];
  /** The id of the fact that was told last. Absent: carried by the version before. */
  readonly heard?: string;
}

export interface OrderJourneyInput extends OrderRef {
  readonly carried?: CarriedRun;
}

export interface OrderOutcome {
  readonly outcome: 'completed' | 'never_arrived' | 'order_never_came' | 'erased';
  readonly sent: number;
  readonly skipped: number;
  readonly failed: number;
}

/** Finished steps are left out. `commands`: ids of the last commands, oldest first. */
export function carry(run: Run, commands: readonly string[]): CarriedRun {
  const { contact, correction, journey, state, messages, lines, lastHeard } = run;
  const { channelIndexes, skippedSteps, ...same } = state;
  const steps = journey.steps.filter((step) => !isDoneForGood(run, step));
  return {
    ...(contact !== undefined && { contact, journey: compileJourney({ ...journey, steps }) }),
    ...(correction && { correction }),
    state: { ...same, ...(channelIndexes && { hops: channelIndexes }), struck: skippedSteps },
    ...carryMessages(messages),
    commands,
    timeline: lines.slice(-LINES_CARRIED),
    ...(lastHeard !== undefined && { heard: lastHeard }),
  };
}

function carryMessages({ unclear, watched }: MessagesUnderWay): Pick<CarriedRun, 'settling' | 'awaited'> {
  const settling = mapValues(unclear, ({ attempt: { message, kind, key, channelIndex }, at }) => ({
    message,
    kind,
    at,
    ...(channelIndex > 0 && { key, hop: channelIndex }),
  }));
  const awaited = mapValues(watched, ({ key, channelIndex }) => ({ key, hop: channelIndex }));
  return { settling, ...(Object.keys(awaited).length > 0 && { awaited }) };
}

/** Restores the carried run, or makes a new one for an order that starts. */
export function runOf(carried: CarriedRun | undefined): Run {
  if (!carried) return NEW_RUN;
  const { contact, correction, journey, state, timeline, heard } = carried;
  const { hops, struck, ...same } = state;
  return {
    ...(contact !== undefined && { contact }),
    ...(correction && { correction }),
    journey: journey ? expandJourney(journey) : NEW_RUN.journey,
    state: { ...same, ...(hops && { channelIndexes: hops }), skippedSteps: struck },
    messages: messagesOf(carried),
    lines: timeline,
    ...(heard !== undefined && { lastHeard: heard }),
  };
}

function messagesOf({ settling, awaited = {} }: CarriedRun): MessagesUnderWay {
  const unclear = mapValues(settling, ({ message, kind, at, key, hop = 0 }, name) => ({
    attempt: { key: key ?? name, channelIndex: hop, message, kind },
    at,
  }));
  const watched = mapValues(awaited, ({ key, hop }): StepChannel => ({ key, channelIndex: hop }));
  return { ...NONE_UNDER_WAY, unclear, watched };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, to: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]));
}

/** The result of a run that ends at `now`. `erased`: its person is being erased. */
export function outcomeOf(run: Run, erased: boolean, now: number): OrderOutcome {
  const ends = Object.values(run.state.handled);
  const count = (progress: StepProgress): number => ends.filter((end) => end === progress).length;
  return {
    outcome: endingOf(run, erased, now),
    sent: count('sent'),
    skipped: count('skipped'),
    failed: count('failed'),
  };
}

function endingOf({ contact, state, journey }: Run, erased: boolean, now: number): OrderOutcome['outcome'] {
  if (erased) return 'erased';
  if (contact === undefined) return 'order_never_came';
  return phaseOf(state.facts, journey.steps, now) === 'never_arrived' ? 'never_arrived' : 'completed';
}
