/** May this message be sent to this person now? The one place that answers, from facts alone. */
import type { GateGuard } from './journey.ts';
import type { MessageClass, MessageKind } from './message.ts';
import { kindRule } from './message.ts';
import { DAY, HOUR, MINUTE } from './duration.ts';
import { endOfLocalDay } from './local-time.ts';
import type { SkipReason, WaitReason } from './reason.ts';
import type { Window, WindowOptions } from './windows.ts';
import { GUARD_BAND, allowedAt, allowedUntil, nextAllowed } from './windows.ts';

export type Decision =
  | { readonly kind: 'send'; readonly rule: string }
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason; readonly rule: string }
  | { readonly kind: 'skip'; readonly reason: SkipReason; readonly rule: string };

/** The provider refuses a template, or everything of a sender, whoever it is for. `code` is the provider's. */
export interface ProviderStop {
  readonly scope: 'template' | 'sender';
  readonly code: string;
}

export interface SendFacts {
  readonly kind: MessageKind;
  /** Epoch ms. */
  readonly now: number;
  readonly triggeredAt: number;
  readonly usefulUntil: number;
  /** The customer wrote a moment ago and this answers: no window, no spacing and no cap for `REPLY_WINDOW`. */
  readonly inReply: boolean;
  /** Undefined: no number of the contact can be reached on the message's channel. */
  readonly address?: { readonly suppressed: boolean };
  /** The brand has a sender on the message's channel. */
  readonly hasSender: boolean;
  /** The same message has reached the phone on another channel. */
  readonly deliveredElsewhere: boolean;
  readonly stopped?: ProviderStop;
  /** The order is over: only news of its end may still be sent. */
  readonly ended?: 'order_cancelled' | 'order_returned';
  /** The customer has a case open, about whatever order. */
  readonly openCase: boolean;
  /** The last word of the contact per class. */
  readonly consent: Readonly<Partial<Record<MessageClass, 'granted' | 'withdrawn'>>>;
  readonly guards: readonly GateGuard[];
  readonly customer: Readonly<Record<GateGuard, boolean>>;
  /** Empty: the zone is unknown. Several: all of them count. */
  readonly zones: readonly string[];
  /** The window of the class at the recipient's place; undefined when the message may go at any hour. */
  readonly windows?: { readonly rule: string; readonly windows: readonly Window[] };
  /** Spreads deferred messages over the first minutes of a window: the contact's id. */
  readonly spreadKey: string;
  /** Epoch ms of the contact's last message of any order that was no urgent update. */
  readonly lastMessageAt?: number;
  /** Epoch ms of capped messages of the last `CAP_PERIOD`, over all orders. */
  readonly cappedAt: readonly number[];
}

/** An answer counts as "just replied" for this long. */
export const REPLY_WINDOW = 10 * MINUTE;
/** Between two messages to one person, urgent ones apart. */
export const MIN_SPACING = 2 * HOUR;
/** How often a stopped message asks whether an operator has released it. */
export const STOP_ASKED_EVERY = 4 * HOUR;
/** One cap across all orders: feedback requests and promotions together. */
export const CAP = 3;
export const CAP_PERIOD = 7 * DAY;

/** Classes that are counted by the cap and need consent of their own; feedback without a country rule fails closed. */
export function isCapped(messageClass: MessageClass): boolean {
  return messageClass === 'promotional' || messageClass === 'service_feedback';
}

/** Send, wait until a moment, or skip, always with the rule that said so. */
export function maySend(facts: SendFacts): Decision {
  return refusal(facts) ?? postponement(facts) ?? { kind: 'send', rule: 'all_clear' };
}

function refusal(facts: SendFacts): Decision | undefined {
  const rule = kindRule(facts.kind);
  const skip = (reason: SkipReason, by: string): Decision => ({ kind: 'skip', reason, rule: by });
  if (facts.ended && !NEWS_OF_THE_END.includes(facts.kind)) return skip(facts.ended, `order.${facts.ended}`);
  if (facts.deliveredElsewhere) return skip('delivered_elsewhere', 'channel.delivered');
  if (!facts.hasSender) return skip('no_sender', 'channel.sender');
  if (!facts.address) return skip('no_address', 'address');
  if (facts.address.suppressed && rule.class !== 'compliance') return skip('opted_out', 'suppression');
  if (facts.consent[rule.class] === 'withdrawn') return skip('no_consent', `consent.${rule.class}.withdrawn`);
  if (isCapped(rule.class) && facts.consent[rule.class] !== 'granted')
    return skip('no_consent', `consent.${rule.class}`);
  if (facts.openCase && rule.class === 'promotional' && facts.kind !== 'review_invitation')
    return skip('open_case', 'case.any_order');
  for (const guard of facts.guards) if (facts.customer[guard]) return skip(GUARD_REASONS[guard], `guard.${guard}`);
  if (isCapped(rule.class) && facts.zones.length === 0) return skip('unknown_zone', 'zone');
  if (facts.now > lastUsefulMoment(facts)) return skip('too_late', rule.sameDayOnly ? 'useful.same_day' : 'useful');
  return undefined;
}

/** All that is still sent once an order was cancelled or returned. */
const NEWS_OF_THE_END: readonly MessageKind[] = ['order_cancelled', 'refund_issued', 'return_received'];

const GUARD_REASONS = {
  member: 'already_member',
  reordered: 'reordered',
  asked_recently: 'asked_recently',
} as const satisfies Record<GateGuard, SkipReason>;

function lastUsefulMoment(facts: SendFacts): number {
  if (!kindRule(facts.kind).sameDayOnly) return facts.usefulUntil;
  return Math.min(facts.usefulUntil, ...facts.zones.map((zone) => endOfLocalDay(facts.triggeredAt, zone)));
}

function postponement(facts: SendFacts): Decision | undefined {
  const rule = kindRule(facts.kind);
  const replying = isReplying(facts);
  const stopped = stoppedUntil(facts);
  if (stopped) return stopped;
  if (!replying) {
    const closed = quietUntil(facts);
    if (closed) return closed;
    if (!rule.urgent && facts.lastMessageAt !== undefined && facts.now - facts.lastMessageAt < MIN_SPACING)
      return waitFor(facts, facts.lastMessageAt + MIN_SPACING, 'too_close', 'spacing');
  }
  if (isCapped(rule.class) && !replying) {
    const counted = facts.cappedAt.filter((at) => facts.now - at < CAP_PERIOD).toSorted((a, b) => a - b);
    const oldest = counted[counted.length - CAP];
    if (oldest !== undefined) return waitFor(facts, oldest + CAP_PERIOD, 'cap_reached', 'cap.week');
  }
  return undefined;
}

/** An answer to STOP or HELP is owed by law, whatever the provider thinks of its wording: only its sender can be stopped. */
function stoppedUntil(facts: SendFacts): Decision | undefined {
  const { stopped, now } = facts;
  if (!stopped || (stopped.scope === 'template' && kindRule(facts.kind).class === 'compliance')) return undefined;
  const rule = `stop.${stopped.scope}.${stopped.code}`;
  const until = Math.min(now + STOP_ASKED_EVERY, lastUsefulMoment(facts));
  return until > now ? waitFor(facts, until, 'stopped', rule) : { kind: 'skip', reason: 'too_late', rule };
}

function isReplying({ inReply, now, triggeredAt }: SendFacts): boolean {
  return inReply && now - triggeredAt <= REPLY_WINDOW;
}

/** A stretch of time in which a message may be sent, epoch ms: not from `before` on, but from `again` on. */
export interface SendWindow {
  readonly before: number;
  /** Absent: not within the coming eight days. */
  readonly again?: number;
}

/** The window that `now` lies in. Undefined: the message keeps no hours, or this is none of them. */
export function windowOf(facts: SendFacts): SendWindow | undefined {
  const { windows, zones, now, spreadKey } = facts;
  if (!windows || isReplying(facts)) return undefined;
  const options = edgesOf(facts);
  const before = allowedUntil(windows.windows, zones, now, options);
  if (before === undefined) return undefined;
  const again = nextAllowed(windows.windows, zones, before, spreadKey, options);
  return { before, ...(again !== undefined && { again }) };
}

function edgesOf({ kind }: SendFacts): WindowOptions {
  return kindRule(kind).class === 'promotional' ? { guardBand: GUARD_BAND } : {};
}

function quietUntil(facts: SendFacts): Decision | undefined {
  const { windows, zones, now, spreadKey } = facts;
  if (!windows || zones.length === 0) return undefined;
  const options = edgesOf(facts);
  if (allowedAt(windows.windows, zones, now, options)) return undefined;
  const until = nextAllowed(windows.windows, zones, now, spreadKey, options);
  if (until === undefined) return { kind: 'skip', reason: 'unknown_zone', rule: windows.rule };
  return waitFor(facts, until, 'quiet_hours', windows.rule);
}

/** A wait that would outlast the message's use is a skip. */
function waitFor(facts: SendFacts, until: number, reason: WaitReason, rule: string): Decision {
  if (until <= lastUsefulMoment(facts)) return { kind: 'wait', until, reason, rule };
  return { kind: 'skip', reason: reason === 'cap_reached' ? 'cap_reached' : 'too_late', rule };
}
