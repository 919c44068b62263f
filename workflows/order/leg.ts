/** One message on its way: a step sends it on a channel, and may have another channel to go to. */
import type { SendMessageResult } from '../../activities/send/send-result.ts';
import type { MessageStatus } from '../../domain/orders/events.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import type { StepProgress } from '../../domain/journey/plan.ts';
import { isOfTheChannel } from '../../domain/sending/reason.ts';

export interface Leg {
  /** The step's key. */
  readonly key: string;
  /** Index of the channel among those of the step. */
  readonly hop: number;
  readonly message: string;
  readonly kind: MessageKind;
  /** Its outcome is unknown: it may have gone out already. */
  readonly unclear?: true;
}

export type LegNext =
  /** The step is done. */
  | { readonly kind: 'end'; readonly progress: StepProgress; readonly reason?: string }
  /** The same channel again at `until`. */
  | { readonly kind: 'defer'; readonly until: number; readonly reason: string }
  /** The next channel at once. */
  | { readonly kind: 'next_channel'; readonly reason: string }
  /** The next channel, unless it arrives in time. */
  | { readonly kind: 'watch'; readonly reason?: string };

export interface Circumstances {
  /** The step has no channel after this one. */
  readonly last: boolean;
  /** The provider's report about the message, if it was first. */
  readonly reported?: MessageStatus['status'] | undefined;
  /** Epoch ms: a channel that does not work until after then is left. Absent: it is waited for, however long. */
  readonly patientUntil?: number | undefined;
}

/**
 * The next action after the result of a leg. A message that this channel alone refused is tried on the next one; a refusal that is about
 * the person, the order or the moment ends the step.
 */
export function nextAfter(result: SendMessageResult, { last, reported, patientUntil }: Circumstances): LegNext {
  switch (result.kind) {
    case 'accepted':
      return last ? { kind: 'end', progress: 'sent' } : nextAfterReport(reported);
    case 'unknown': {
      const reason = 'outcome_unknown';
      return last ? { kind: 'end', progress: 'sent', reason } : { reason, ...nextAfterReport(reported) };
    }
    case 'wait':
      if (!last && patientUntil !== undefined && isDown(result, patientUntil))
        return { kind: 'next_channel', reason: result.reason };
      return { kind: 'defer', until: result.until, reason: result.reason };
    case 'skip':
      if (result.reason === 'delivered_elsewhere') return { kind: 'end', progress: 'sent', reason: result.reason };
      if (!last && isOfTheChannel(result.reason)) return { kind: 'next_channel', reason: result.reason };
      return { kind: 'end', progress: 'skipped', reason: result.reason };
    case 'failed': {
      const refused = result.reason === 'provider_refused' || result.reason === 'undelivered';
      if (!last && refused) return { kind: 'next_channel', reason: result.reason };
      return { kind: 'end', progress: 'failed', reason: result.reason };
    }
  }
}

/** A stop ends when an operator lifts it. Waiting for the hour, the person or our own pace is no fault of the channel. */
function isDown({ reason, until }: Extract<SendMessageResult, { kind: 'wait' }>, patientUntil: number): boolean {
  if (reason === 'stopped') return true;
  return (reason === 'provider_busy' || reason === 'provider_down') && until > patientUntil;
}

/** The next action after a report about a message that has another channel behind it. */
export function nextAfterReport(status: MessageStatus['status'] | undefined): LegNext {
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
