/** What has happened to an order, line by line: what was reported, sent, moved and not sent, what the customer and operators did. */
import type { Channel, MessageClass, MessageKind, MessageState } from '../../domain/message.ts';
import { stepKey } from '../../domain/plan.ts';
import type { FailureReason } from '../../domain/reason.ts';
import type { DecisionRow } from '../gate/decisions.ts';
import type { InboxRow, MessageHistoryRow, OrderHistory } from './order-history.ts';

interface About {
  readonly key: string;
  readonly kind: MessageKind;
  readonly channel: Channel;
}

export type TimelineEntry = { readonly at: string } & (
  | {
      readonly what: 'event';
      readonly type: string;
      readonly parcel?: string;
      readonly promisedAt?: string;
      readonly amountMinor?: number;
      readonly tier?: string;
    }
  /** An operator's command: `paused`, `resumed`, `struck`, `messages_cancelled`. */
  | { readonly what: 'command'; readonly type: string; readonly until?: string; readonly step?: string }
  | (About & { readonly what: 'moved'; readonly until: string; readonly reason: string; readonly rule: string })
  | (About & { readonly what: 'skipped'; readonly reason: string; readonly rule: string })
  /** `failed`: the provider refused it for good or never said what became of it, or an operator gave it up. */
  | (About & {
      readonly what: 'sent' | 'failed';
      readonly class: MessageClass;
      readonly segments: number;
      readonly text: string;
      readonly state: MessageState;
      /** It has arrived on this channel too: the rare double arrival. */
      readonly alsoArrivedBy?: Channel;
      readonly reason?: string;
    })
  /** `meaning`: stop, start, help, rated, nps_given or question. */
  | { readonly what: 'customer'; readonly text: string; readonly meaning: string; readonly score?: number }
  | {
      readonly what: 'case_opened' | 'case_closed';
      readonly case: string;
      readonly kind: string;
      readonly cause: string;
    }
);

/** In the order it happened; of one moment, causes stand before effects. */
export function timelineOf({ inbox, decisions, messages, cases, inbound }: OrderHistory): readonly TimelineEntry[] {
  const entries: TimelineEntry[] = [
    ...inbox.flatMap(toReported),
    ...inbound.map(({ occurred_at, text, meaning, score }) => ({
      at: occurred_at.toISOString(),
      what: 'customer' as const,
      text,
      meaning,
      ...(score !== null && { score }),
    })),
    ...cases.flatMap(({ id, kind, cause, opened_at, closed_at }) => {
      const about = { case: String(id), kind, cause };
      const opened = { at: opened_at.toISOString(), what: 'case_opened' as const, ...about };
      return closed_at ? [opened, { at: closed_at.toISOString(), what: 'case_closed' as const, ...about }] : [opened];
    }),
    ...decisions.flatMap(toDecided),
    ...messages.flatMap((message) => toSent(message, decisions, messages)),
  ];
  return entries.toSorted((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1));
}

/** Answers, cases and messages have rows of their own. */
const SHOWN_ELSEWHERE = ['rated', 'nps_given', 'case_opened', 'case_closed', 'message_status'];

function toReported({ type, occurred_at, payload }: InboxRow): TimelineEntry[] {
  if (SHOWN_ELSEWHERE.includes(type)) return [];
  const at = occurred_at.toISOString();
  const { parcel, promisedAt, amountMinor, tier, until, step } = payload;
  const command = type.startsWith('command.') ? type.slice('command.'.length) : undefined;
  if (command !== undefined)
    return [
      {
        at,
        what: 'command',
        type: command,
        ...(until !== undefined && { until: iso(until) }),
        ...(step !== undefined && { step }),
      },
    ];
  return [
    {
      at,
      what: 'event',
      type,
      ...(parcel !== undefined && { parcel }),
      ...(promisedAt !== undefined && { promisedAt: iso(promisedAt) }),
      ...(amountMinor !== undefined && { amountMinor }),
      ...(tier !== undefined && { tier }),
    },
  ];
}

const GIVEN_UP: readonly string[] = [
  'outcome_unknown_given_up',
  'given_up_by_operator',
] satisfies readonly FailureReason[];

function toDecided(decision: DecisionRow): TimelineEntry[] {
  const { step, occurrence, kind, channel, decided_at, outcome, reason, wait_until, rule } = decision;
  const about = {
    at: decided_at.toISOString(),
    key: stepKey(step, occurrence),
    kind,
    channel,
    reason: reason ?? 'unknown',
    rule,
  };
  if (outcome === 'wait' && wait_until) return [{ ...about, what: 'moved', until: wait_until.toISOString() }];
  // A message that was given up has a line of its own.
  return outcome === 'skip' && !GIVEN_UP.includes(about.reason) ? [{ ...about, what: 'skipped' }] : [];
}

function toSent(
  message: MessageHistoryRow,
  decisions: readonly DecisionRow[],
  messages: readonly MessageHistoryRow[],
): TimelineEntry[] {
  const { step, occurrence, kind, channel, state, reason, submitted_at, due_at, body } = message;
  const about = { key: stepKey(step, occurrence), kind, channel };
  switch (state) {
    case 'planned':
      return [];
    case 'skipped':
    case 'expired':
    case 'capped':
    case 'suppressed': {
      const told = decisions.some(
        (one) =>
          one.outcome === 'skip' && one.step === step && one.occurrence === occurrence && one.channel === channel,
      );
      return told
        ? []
        : [{ at: due_at.toISOString(), what: 'skipped', ...about, reason: reason ?? 'unknown', rule: 'ledger' }];
    }
    default:
      return [
        {
          at: (submitted_at ?? due_at).toISOString(),
          what: state === 'rejected' || state === 'given_up' ? 'failed' : 'sent',
          ...about,
          class: message.class,
          segments: message.segments ?? 0,
          text: body ?? '',
          state,
          ...(reason !== null && { reason }),
          ...alsoArrived(message, messages),
        },
      ];
  }
}

/** Said of the later channel of two that have both delivered. */
function alsoArrived(message: MessageHistoryRow, messages: readonly MessageHistoryRow[]): { alsoArrivedBy?: Channel } {
  const { order_id, step, occurrence, hop } = message;
  const arrived = ({ state }: MessageHistoryRow): boolean => state === 'delivered' || state === 'read';
  const first = messages.find(
    (one) =>
      one.order_id === order_id && one.step === step && one.occurrence === occurrence && one.hop < hop && arrived(one),
  );
  return first && arrived(message) ? { alsoArrivedBy: first.channel } : {};
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
