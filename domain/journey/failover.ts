/**
 * Channel failover. A step tries its channels one after the other; these functions say what a result or a report
 * means for the step. The run of an order uses them, and so does all code that rebuilds a run from the record.
 */
import type { MessageStatus } from '../orders/events.ts';
import type { MessageKind } from '../sending/message.ts';
import { BASE_CHANNEL } from '../sending/message.ts';
import { mayAnotherChannelTry } from '../sending/reason.ts';
import type { HeldBack, SendMessageResult } from '../sending/intent.ts';
import { durationMs } from '../time/duration.ts';
import type { Step } from './journey.ts';
import { channelsOf } from './journey.ts';
import type { StepProgress } from './plan.ts';

/** One of the channels of a step's occurrence. */
export interface StepChannel {
  /** The step's key. */
  readonly key: string;
  /** Index of the channel among those of the step. */
  readonly channelIndex: number;
}

/** One message on its way: the try of a step on one of its channels. */
export interface ChannelAttempt extends StepChannel {
  readonly message: string;
  readonly kind: MessageKind;
  /** Its outcome is unknown: it may have gone out already. */
  readonly unclear?: true;
}

export type NextAction =
  /** The step is done. */
  | { readonly kind: 'end'; readonly progress: StepProgress; readonly reason?: string }
  /** The same channel again at `until`. */
  | { readonly kind: 'defer'; readonly until: number; readonly reason: string }
  /** The next channel at once. */
  | { readonly kind: 'next_channel'; readonly reason: string }
  /** The next channel, unless the message arrives in time. */
  | { readonly kind: 'watch'; readonly reason?: string };

export interface Circumstances {
  /** The step has no channel after this one. */
  readonly last: boolean;
  /** The provider's report about the message, if it came before the result. */
  readonly reported?: MessageStatus['status'] | undefined;
  /**
   * Epoch ms. A channel that is out of order until a later moment is left. Absent: the step waits for the channel
   * without limit.
   */
  readonly failoverDeadline?: number | undefined;
}

/**
 * The next action after the result of an attempt. A message that this channel alone refused is tried on the next one; a refusal that is
 * about the person, the order or the moment ends the step.
 */
export function nextAction(result: SendMessageResult, { last, reported, failoverDeadline }: Circumstances): NextAction {
  switch (result.kind) {
    case 'accepted':
      return last ? { kind: 'end', progress: 'sent' } : nextActionAfterReport(reported);
    case 'unknown': {
      const reason = 'outcome_unknown';
      return last ? { kind: 'end', progress: 'sent', reason } : { reason, ...nextActionAfterReport(reported) };
    }
    case 'wait':
      if (!last && failoverDeadline !== undefined && isDown(result, failoverDeadline))
        return { kind: 'next_channel', reason: result.reason };
      return { kind: 'defer', until: result.until, reason: result.reason };
    case 'skip':
      if (result.reason === 'delivered_elsewhere') return { kind: 'end', progress: 'sent', reason: result.reason };
      if (!last && mayAnotherChannelTry(result.reason)) return { kind: 'next_channel', reason: result.reason };
      return { kind: 'end', progress: 'skipped', reason: result.reason };
    case 'failed': {
      const refused = result.reason === 'provider_refused' || result.reason === 'undelivered';
      if (!last && refused) return { kind: 'next_channel', reason: result.reason };
      return { kind: 'end', progress: 'failed', reason: result.reason };
    }
  }
}

/**
 * Only an operator ends a block, so the step leaves the channel. A wait for the hour, for the person or for a slot is
 * not a fault of the channel.
 */
function isDown({ reason, until }: Extract<SendMessageResult, { kind: 'wait' }>, failoverDeadline: number): boolean {
  if (reason === 'stopped') return true;
  return (reason === 'provider_busy' || reason === 'provider_down') && until > failoverDeadline;
}

/** The next action after a report about a message that has another channel behind it. */
export function nextActionAfterReport(status: MessageStatus['status'] | undefined): NextAction {
  switch (status) {
    case undefined:
      return { kind: 'watch' };
    case 'delivered':
    case 'read':
      return { kind: 'end', progress: 'sent', reason: status };
    case 'undeliverable':
    case 'rejected':
      return { kind: 'next_channel', reason: status };
  }
}

/** The position of a step's occurrence among its channels. */
export interface StepPosition {
  readonly progress?: StepProgress | undefined;
  /** The channel that it has turned to, or will turn to next. */
  readonly channelIndex: number;
}

/** A change of a step's position. `what` and the reason are shown to people. */
export type StepMove = { readonly what: string; readonly reason?: string } & (
  | { readonly kind: 'done'; readonly progress: StepProgress }
  /** Not before `until`, epoch ms, on that channel. */
  | { readonly kind: 'later'; readonly until: number; readonly channelIndex: number }
);

/** The gate does not let the message go on its channel, or not now. */
export function afterGate(step: Step | undefined, at: StepChannel, why: HeldBack, now: number): StepMove {
  const failoverDeadline = now + patience(step);
  return moveBy(step, at, nextAction(why, { last: isLast(step, at), failoverDeadline }), now);
}

/** Applies the result of an attempt. Undefined: the step has already left this channel, and its position stays. */
export function afterResult(
  step: Step | undefined,
  position: StepPosition,
  attempt: Omit<ChannelAttempt, 'message' | 'kind'>,
  result: SendMessageResult,
  { reported, now }: { readonly reported?: MessageStatus['status'] | undefined; readonly now: number },
): StepMove | undefined {
  if (position.channelIndex === attempt.channelIndex) {
    // A message that may have gone out keeps the step on its channel.
    const failoverDeadline = attempt.unclear ? undefined : now + patience(step);
    return moveBy(step, attempt, nextAction(result, { last: isLast(step, attempt), reported, failoverDeadline }), now);
  }
  if (result.kind === 'failed' && isWaitedFor(position, attempt))
    return toNextChannel(step, attempt, now, result.reason);
  return undefined;
}

/** The provider's report about a message that the step may wait for. Undefined: it changes nothing. */
export function afterReport(
  step: Step | undefined,
  position: StepPosition,
  at: StepChannel,
  status: MessageStatus['status'],
  now: number,
): StepMove | undefined {
  if (position.progress !== undefined) return undefined;
  const next = nextActionAfterReport(status);
  return next.kind === 'end' || isWaitedFor(position, at) ? moveBy(step, at, next, now) : undefined;
}

function moveBy(step: Step | undefined, { key, channelIndex }: StepChannel, next: NextAction, now: number): StepMove {
  const reason = next.reason === undefined ? {} : { reason: next.reason };
  switch (next.kind) {
    case 'end':
      return { kind: 'done', progress: next.progress, what: next.progress, ...reason };
    case 'defer': {
      const what = `moved to ${new Date(next.until).toISOString()}`;
      return { kind: 'later', until: next.until, channelIndex, what, ...reason };
    }
    case 'next_channel':
      return toNextChannel(step, { key, channelIndex }, now, next.reason);
    case 'watch': {
      const what = `sent on ${channelAt(step, channelIndex)}`;
      return { kind: 'later', until: now + patience(step), channelIndex: channelIndex + 1, what, ...reason };
    }
  }
}

function toNextChannel(step: Step | undefined, at: StepChannel, now: number, reason: string): StepMove {
  const channelIndex = at.channelIndex + 1;
  return { kind: 'later', until: now, channelIndex, what: `turned to ${channelAt(step, channelIndex)}`, reason };
}

/** The time that a channel of the step has before the next one is tried, ms. */
function patience(step: Step | undefined): number {
  return durationMs(step?.failoverAfter ?? '0');
}

/** The message was sent, and the step waits to go to the channel after its own. */
function isWaitedFor({ progress, channelIndex }: StepPosition, at: StepChannel): boolean {
  return channelIndex === at.channelIndex + 1 && progress === undefined;
}

/** The step has no channel after this one. */
export function isLast(step: Step | undefined, { channelIndex }: Pick<StepChannel, 'channelIndex'>): boolean {
  return channelIndex + 1 >= channelsOf(step ?? {}).length;
}

function channelAt(step: Step | undefined, channelIndex: number): string {
  return channelsOf(step ?? {})[channelIndex] ?? BASE_CHANNEL;
}
