/** The history of an order, line by line: what was reported, sent, moved and not sent, what the customer and operators did. */
import type { Channel, MessageClass, MessageKind, MessageState } from '../../domain/sending/message.ts';
import { stepKey } from '../../domain/journey/plan.ts';
import type { Meaning, AnyCaseKind } from '../../domain/conversation/inbound.ts';
import type { SHOWN_TYPES, TextName } from '../../domain/orders/events.ts';
import { TEXT_NAMES } from '../../domain/orders/events.ts';
import type { FailureReason, SkipReason, WaitReason } from '../../domain/sending/reason.ts';

/** An operator's commands, as the order carried them out. */
export const COMMANDS = ['paused', 'resumed', 'step_skipped', 'messages_cancelled'] as const;
type CommandType = (typeof COMMANDS)[number];

/** Meanings of a customer's text. */
export const MEANINGS = [
  'stop',
  'start',
  'help',
  'rated',
  'nps_given',
  'confirmed',
  'declined',
  'keeps_data',
  'unclear_opt_out',
  'courtesy',
  'question',
] as const satisfies readonly Meaning['kind'][];

type Reason = SkipReason | WaitReason | FailureReason | 'unknown';

type ShownType = (typeof SHOWN_TYPES)[number];
/** The words that came with an event. */
type Words = { readonly [Name in TextName]?: string };

interface About {
  readonly key: string;
  readonly kind: MessageKind;
  readonly channel: Channel;
}

export type TimelineEntry = { readonly at: string } & (
  | ({
      readonly what: 'event';
      readonly type: ShownType;
      readonly parcel?: string;
      readonly promisedAt?: string;
      readonly amountMinor?: number;
      /** Pieces of the order that a refund or return names. */
      readonly pieces?: number;
    } & Words)
  /** An operator's command: `paused`, `resumed`, `step_skipped`, `messages_cancelled`. */
  | { readonly what: 'command'; readonly type: CommandType; readonly until?: string; readonly step?: string }
  | (About & { readonly what: 'moved'; readonly until: string; readonly reason: Reason; readonly rule: string })
  | (About & { readonly what: 'skipped'; readonly reason: Reason; readonly rule: string })
  /** `failed`: the provider refused it for good, its outcome stayed unknown, or an operator gave it up. */
  | (About & {
      readonly what: 'sent' | 'failed';
      readonly class: MessageClass;
      readonly segments: number;
      readonly text: string;
      readonly state: MessageState;
      /** The message has arrived on this channel too, which is rare. */
      readonly alsoArrivedBy?: Channel;
      readonly reason?: Reason;
    })
  /** `meaning`: stop, start, help, rated, nps_given, courtesy, question and others. */
  | { readonly what: 'customer'; readonly text: string; readonly meaning: Meaning['kind']; readonly score?: number }
  | {
      readonly what: 'case_opened' | 'case_closed';
      readonly case: string;
      readonly kind: AnyCaseKind;
      readonly cause: string;
    }
);

/** When it happened. */
interface Happened {
  readonly at: Date;
}

/** A row of the inbox: a fact from outside, or a command that the workflow has carried out. */
interface ReportedRow extends Happened {
  readonly type: ShownType | `command.${CommandType}`;
  readonly payload: Words & {
    readonly parcel?: string;
    readonly promisedAt?: number;
    readonly amountMinor?: number;
    readonly part?: { readonly pieces: number };
    readonly until?: number;
    readonly step?: string;
  };
}

export function toReported({ type, at, payload }: ReportedRow): TimelineEntry {
  const { parcel, promisedAt, amountMinor, part, until, step } = payload;
  const command = COMMANDS.find((one) => type === `command.${one}`);
  if (command !== undefined)
    return {
      at: at.toISOString(),
      what: 'command',
      type: command,
      ...(until !== undefined && { until: iso(until) }),
      ...(step !== undefined && { step }),
    };
  return {
    at: at.toISOString(),
    what: 'event',
    type: type as ShownType,
    ...(parcel !== undefined && { parcel }),
    ...(promisedAt !== undefined && { promisedAt: iso(promisedAt) }),
    ...(amountMinor !== undefined && { amountMinor }),
    ...(part && { pieces: part.pieces }),
    ...Object.fromEntries(TEXT_NAMES.flatMap((name) => (payload[name] === undefined ? [] : [[name, payload[name]]]))),
  };
}

interface InboundRow extends Happened {
  readonly text: string;
  readonly meaning: Meaning['kind'];
  readonly score: number | null;
}

export function toSaid({ at, text, meaning, score }: InboundRow): TimelineEntry {
  return { at: at.toISOString(), what: 'customer', text, meaning, ...(score !== null && { score }) };
}

export interface CaseRow extends Happened {
  readonly id: string;
  readonly kind: AnyCaseKind;
  readonly cause: string;
}

export function toCase(what: 'case_opened' | 'case_closed', { at, id, kind, cause }: CaseRow): TimelineEntry {
  return { at: at.toISOString(), what, case: id, kind, cause };
}

/** A decision to wait or not to send. */
interface HeldBackRow extends Happened {
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly channel: Channel;
  readonly reason: Reason;
  readonly rule: string;
  /** Null: it will not be sent. */
  readonly wait_until: Date | null;
}

export function toHeldBack({
  at,
  step,
  occurrence,
  kind,
  channel,
  reason,
  rule,
  wait_until,
}: HeldBackRow): TimelineEntry {
  const about = { at: at.toISOString(), key: stepKey(step, occurrence), kind, channel, reason, rule };
  return wait_until ? { ...about, what: 'moved', until: wait_until.toISOString() } : { ...about, what: 'skipped' };
}

/** Reasons of decisions about a message that was given up. They get no entry, because the message has its own. */
export const GIVEN_UP: readonly string[] = [
  'outcome_unknown_given_up',
  'given_up_by_operator',
] satisfies readonly FailureReason[];

/** A message that went to the provider, or ended in the ledger without a decision of its own. */
interface MessageRow extends Happened {
  readonly step: string;
  readonly occurrence: string;
  readonly kind: MessageKind;
  readonly class: MessageClass;
  readonly channel: Channel;
  readonly state: MessageState;
  readonly reason: Reason | null;
  readonly body: string | null;
  readonly segments: number | null;
  readonly also_arrived_by: Channel | null;
}

/** States of a message that ended before it was handed over. */
export const NOT_SENT: readonly MessageState[] = ['skipped', 'expired', 'capped', 'suppressed'];

export function toSent(message: MessageRow): TimelineEntry {
  const { at, step, occurrence, kind, channel, state, reason, body, segments, also_arrived_by: also } = message;
  const about = { at: at.toISOString(), key: stepKey(step, occurrence), kind, channel };
  if (NOT_SENT.includes(state)) return { ...about, what: 'skipped', reason: reason ?? 'unknown', rule: 'ledger' };
  return {
    ...about,
    what: state === 'rejected' || state === 'given_up' ? 'failed' : 'sent',
    class: message.class,
    segments: segments ?? 0,
    text: body ?? '',
    state,
    ...(reason !== null && { reason }),
    ...(also && { alsoArrivedBy: also }),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
