/**
 * Decides whether this message may be sent to this person now. This is the only place that decides, and it does so
 * from facts alone.
 */
import { rowsOfKind } from '../../rules/applied-rules.ts';
import { AFTER_CASE, calmUntil } from './case-hold.ts';
import type { Cap } from './caps.ts';
import { REDUCIBLE_TOPICS, MARKETING, isCapped, waitForCaps } from './caps.ts';
import type { ConsentAnswer } from '../../consent/consent-rules.ts';
import { consentFor } from '../../consent/consent-rules.ts';
import { delayAnswer } from '../../orders/delay.ts';
import { DAY, HOUR, MINUTE } from '../../time/duration.ts';
import { GUARDS } from '../../journey/guard.ts';
import { endOfLocalDay } from '../../time/local-time.ts';
import type { MessageKind, Topic } from '../message.ts';
import { asksForConsent, kindRule } from '../message.ts';
import { limitReached } from './number-limits.ts';
import { periodMs } from '../../time/period.ts';
import type { SkipReason, WaitReason } from '../reason.ts';
import type { Rule } from '../../rules/rule-pack.ts';
import type { SendFacts } from './gate.ts';
import { isReplying } from './gate.ts';
import { closedNow } from './hours.ts';
import { senderProblem } from './sender.ts';
import { spendStopAt } from '../spend.ts';

/** The basis of a decision beside the facts of the message: the places where the person may be, and the rules that hold there. */
export interface DecisionBasis {
  readonly zones: readonly string[];
  readonly zoneSource: string;
  readonly jurisdictions: readonly string[];
  /** With their versions. */
  readonly packs: readonly string[];
  /** Ids of the rows that were looked at. */
  readonly rules: readonly string[];
  /** The wall clock in the first of the zones, `2027-03-14T09:05`. */
  readonly localTime?: string;
  /** The entry of the consent ledger that allowed it. */
  readonly consent?: string;
}

/** For a decision that needs no country's rules. */
export const NO_BASIS: DecisionBasis = { zones: [], zoneSource: 'none', jurisdictions: [], packs: [], rules: [] };

export type Decision =
  | { readonly kind: 'send'; readonly rule: string }
  | { readonly kind: 'wait'; readonly until: number; readonly reason: WaitReason; readonly rule: string }
  | { readonly kind: 'skip'; readonly reason: SkipReason; readonly rule: string };

type CapScope = Extract<Rule, { kind: 'cap' }>['scope'];

/** Distance between two messages to one person, except urgent ones. */
export const MIN_SPACING = 2 * HOUR;
/** Interval at which a message that waits for a person's action is decided again. */
export const ASKED_EVERY = 4 * HOUR;

/** Send, wait until a moment, or skip, always with the rule that said so. */
export function maySend(facts: SendFacts): Decision {
  const decision = refusal(facts) ?? postponement(facts) ?? limited(facts) ?? { kind: 'send', rule: 'all_clear' };
  const raised = facts.class !== kindRule(facts.kind).class;
  // The message is refused on this channel only, so another one may take it.
  return raised && decision.kind !== 'send' && OF_THE_CLASS.includes(decision.reason)
    ? skip('category', decision.rule)
    : decision;
}

/** Reasons against a message because of its class. */
const OF_THE_CLASS: readonly (SkipReason | WaitReason)[] = [
  ...(['no_consent', 'not_confirmed', 'consent_expired', 'list_unchecked', 'on_a_list', 'open_case'] as const),
  ...(['unknown_zone', 'no_common_hours', 'quiet_hours', 'held_for_agent'] as const),
];

function refusal(facts: SendFacts): Decision | undefined {
  const { kind, channel, preferences } = facts;
  const rule = kindRule(kind);
  if (facts.ended && endsWith(facts.ended, kind)) return skip(facts.ended, `order.${facts.ended}`);
  if (facts.deliveredElsewhere) return skip('delivered_elsewhere', 'channel.delivered');
  if (facts.sender === undefined) return skip('no_sender', 'channel.sender');
  if (!facts.address) return skip('no_address', 'address');
  if (facts.freeTextUntil !== undefined && facts.now >= facts.freeTextUntil)
    return skip('reply_window', 'channel.reply_window');
  const { range, country } = facts.address;
  if (range !== undefined) return skip('number_range', `range.${range}`);
  // A number of an unknown country is refused too.
  if (country === undefined || !facts.served.includes(country))
    return skip('country_not_served', `country.${country ?? 'unknown'}`);
  if (facts.countryHeld && rule.class !== 'compliance') return skip('country_not_served', 'alarm.conversion');
  if (facts.address.suppressed && !ANSWERS_WHILE_STOPPED.includes(kind)) return skip('opted_out', 'suppression');
  if (facts.sender !== 'agent') {
    const row = senderProblem(facts.sender, facts.rules, facts.address.country);
    if (row !== undefined) return skip('no_sender', row);
  }
  const consent = consentOf(facts);
  if (consent.kind === 'lacking') return skip(consent.reason, consent.rule);
  if (rule.topic !== undefined && preferences.topicsOff.includes(rule.topic))
    return skip('topic_off', `preference.${rule.topic}`);
  if (rule.class !== 'compliance' && preferences.channelsOff.includes(channel))
    return skip('channel_off', `preference.${channel}`);
  for (const guard of facts.guards) if (facts.customer[guard]) return skip(GUARDS[guard].reason, `guard.${guard}`);
  if (facts.delay && delayAnswer(facts.delay, facts.zones, facts.now)?.kind === 'known')
    return skip('already_told', 'delay.known');
  if (isCapped(facts.class) && facts.zones.length === 0) return skip('unknown_zone', 'zone');
  if (facts.now > lastUsefulMoment(facts)) return skip('too_late', rule.sameDayOnly ? 'useful.same_day' : 'useful');
  return undefined;
}

function skip(reason: SkipReason, rule: string): Decision {
  return { kind: 'skip', reason, rule };
}

/**
 * The number's limits are checked last, at the moment of the send. A message over a limit is skipped and not
 * deferred: otherwise a flooded number would get the rest on the following days.
 */
function limited(facts: SendFacts): Decision | undefined {
  const { kind, texted, limits, now } = facts;
  const spent = spendAgainst(facts);
  if (spent) return skip('spend_limit', spent.rule);
  const rule = limitReached(kind, texted, limits, now);
  return rule === undefined ? undefined : skip('number_limit', rule);
}

/** The spend limit that stops this class of messages. */
function spendAgainst({ class: messageClass, spend }: SendFacts): SendFacts['spend'] {
  const from = spendStopAt(messageClass);
  return spend && from !== undefined && spend.share >= from ? spend : undefined;
}

/** The person's consent to messages of this class, and whether it suffices. */
export function consentOf({ class: messageClass, consents, lists, rules, now }: SendFacts): ConsentAnswer {
  return messageClass === 'compliance' ? { kind: 'enough' } : consentFor(messageClass, consents, lists, rules, now);
}

/** Messages that a stopped number still gets: answers to texts from that number, except the confirmation of a START. */
const ANSWERS_WHILE_STOPPED: readonly MessageKind[] = [
  'opt_out_confirmed',
  'opt_out_or_order',
  'help',
  // The person requests these texts now, by a link that was sent to the number after its STOP.
  'access_code',
  'erasure_planned',
  'erasure_cancelled',
];

/** The kinds that are still sent after an order was cancelled or returned. */
const NEWS_OF_THE_END: readonly MessageKind[] = ['order_cancelled', 'refund_issued', 'return_received'];

/**
 * The kinds that are not sent after the whole order was paid back: tips for goods that the customer may no longer
 * have, questions about them, and offers that build on them. News of a parcel is sent, because the parcel still
 * arrives. The invitation to review is sent too: without it, only content customers would be asked for a review.
 */
const NOT_AFTER_REFUND: readonly MessageKind[] = [
  ...(['setup_guide', 'care_tips', 'check_in', 'rating_request', 'nps_request'] as const),
  ...(['loyalty_invitation', 'bundle_offer', 'replenishment', 'reactivation'] as const),
];

/** The end of an order stops messages of this kind. */
function endsWith(ended: NonNullable<SendFacts['ended']>, kind: MessageKind): boolean {
  return ended === 'order_refunded' ? NOT_AFTER_REFUND.includes(kind) : !NEWS_OF_THE_END.includes(kind);
}

/** After it the message is useless, epoch ms. */
export function lastUsefulMoment(facts: SendFacts): number {
  if (!kindRule(facts.kind).sameDayOnly) return facts.usefulUntil;
  return Math.min(facts.usefulUntil, ...facts.zones.map((zone) => endOfLocalDay(facts.triggeredAt, zone)));
}

function postponement(facts: SendFacts): Decision | undefined {
  const { now, kind, preferences } = facts;
  const rule = kindRule(kind);
  const blocked = blockedUntil(facts);
  if (blocked) return blocked;
  if (facts.held && (isCapped(facts.class) || asksForConsent(kind)))
    return askAgain(facts, 'held_for_agent', 'case.unclear_opt_out');
  const cases = heldByCase(facts);
  if (cases) return cases;
  if (facts.erasureDueAt !== undefined && rule.class !== 'compliance' && rule.topic !== 'orders')
    return facts.erasureDueAt > now
      ? waitFor(facts, facts.erasureDueAt, 'erasure_planned', 'erasure.planned')
      : askAgain(facts, 'erasure_planned', 'erasure.planned');
  const { pausedUntil } = preferences;
  if (rule.class !== 'compliance' && rule.topic !== 'orders' && pausedUntil !== undefined && pausedUntil > now)
    return waitFor(facts, pausedUntil, 'paused_by_customer', 'preference.pause');
  if (isReplying(facts)) return undefined;
  const delay = facts.delay && delayAnswer(facts.delay, facts.zones, now);
  if (delay?.kind === 'wait') return waitFor(facts, delay.until, 'delay_told', 'delay.day');
  const closed = quietUntil(facts);
  if (closed) return closed;
  const near = tooClose(facts);
  if (near) return near;
  const room = waitForCaps(kind, capsOf(facts), facts.sent, facts.waitingMessages, now);
  if (room) return waitFor(facts, room.until, 'cap_reached', room.rule);
  const spent = isCapped(facts.class) ? spendAgainst(facts) : undefined;
  return spent && waitFor(facts, spent.until, 'spend_limit', spent.rule);
}

/**
 * A waiting message does not close a case, so it is decided again once a day. The invitation to a public review waits
 * for no case, because every customer who has rated gets it.
 */
function heldByCase(facts: SendFacts): Decision | undefined {
  if (!isCapped(facts.class) || facts.kind === 'review_invitation') return undefined;
  // A minute before the message becomes useless. A timer may be late, and the message would then end with another
  // reason.
  if (facts.openCase) return askAgain(facts, 'open_case', 'case.any_order', { every: DAY, before: MINUTE });
  if (facts.caseClosedAt === undefined) return undefined;
  const until = calmUntil(facts.caseClosedAt, lastUsefulMoment(facts));
  return until > facts.now ? waitFor(facts, until, 'open_case', 'case.calm') : undefined;
}

/**
 * For a week after a case was closed, messages that it held keep a day from each other, unless that would be too
 * late.
 */
function tooClose(facts: SendFacts): Decision | undefined {
  const { now, kind, lastMessageAt, caseClosedAt } = facts;
  const { urgent, topic } = kindRule(kind);
  if (urgent || lastMessageAt === undefined) return undefined;
  const wasHeld = topic !== undefined && topic !== 'orders' && topic !== 'reviews';
  const afterCase = wasHeld && caseClosedAt !== undefined && now - caseClosedAt < AFTER_CASE;
  if (afterCase && now < lastMessageAt + DAY && lastMessageAt + DAY <= lastUsefulMoment(facts))
    return waitFor(facts, lastMessageAt + DAY, 'too_close', 'spacing.after_case');
  return now - lastMessageAt < MIN_SPACING
    ? waitFor(facts, lastMessageAt + MIN_SPACING, 'too_close', 'spacing')
    : undefined;
}

/** The caps of the brand, those of every place that may apply, and the customer's own choice. */
function capsOf({ kind, rules, caps, preferences }: SendFacts): readonly Cap[] {
  const ofPlaces = rowsOfKind(rules, 'cap').map(({ id, rule: { max, per, scope } }) => ({
    rule: id,
    max,
    per: periodMs(per),
    topics: topicsOf(scope, kind),
  }));
  const { mostPerWeek } = preferences;
  const chosen =
    mostPerWeek === undefined
      ? []
      : [{ rule: 'preference.frequency', max: mostPerWeek, per: 7 * DAY, topics: REDUCIBLE_TOPICS }];
  return [...caps, ...ofPlaces, ...chosen];
}

/** Other messages that the cap counts. */
function topicsOf(scope: CapScope, kind: MessageKind): readonly Topic[] {
  const { topic, class: messageClass } = kindRule(kind);
  switch (scope) {
    case 'contact':
      return MARKETING;
    case 'class':
      return messageClass === 'service_feedback' ? ['feedback'] : ['reviews', 'offers'];
    case 'subject':
      return topic === undefined ? MARKETING : [topic];
  }
}

/**
 * The law requires an answer to STOP and HELP, even if the provider refuses its template, so only a blocked sender
 * stops it.
 */
function blockedUntil(facts: SendFacts): Decision | undefined {
  const { blocked } = facts;
  if (!blocked || (blocked.scope === 'template' && kindRule(facts.kind).class === 'compliance')) return undefined;
  return askAgain(facts, 'stopped', `block.${blocked.scope}.${blocked.code}`);
}

/**
 * Waits for a person's action, whose time is unknown. `before`: the last decision is made this long before the
 * message becomes useless, ms.
 */
function askAgain(
  facts: SendFacts,
  reason: WaitReason,
  rule: string,
  { every, before } = { every: ASKED_EVERY, before: 0 },
): Decision {
  const until = Math.min(facts.now + every, lastUsefulMoment(facts) - before);
  return until > facts.now ? waitFor(facts, until, reason, rule) : skip('too_late', rule);
}

function quietUntil(facts: SendFacts): Decision | undefined {
  const closed = closedNow(facts);
  if (!closed) return undefined;
  const { rule, next } = closed;
  if (!next) return skip('no_common_hours', rule);
  // Spreads the messages over a period, but none later than it is useful.
  const until = Math.max(next.opensAt, Math.min(next.spreadTo, lastUsefulMoment(facts)));
  return waitFor(facts, until, 'quiet_hours', rule);
}

/** A wait that would last longer than the message is useful becomes a skip. */
function waitFor(facts: SendFacts, until: number, reason: WaitReason, rule: string): Decision {
  if (until <= lastUsefulMoment(facts)) return { kind: 'wait', until, reason, rule };
  return skip(reason === 'cap_reached' ? 'cap_reached' : 'too_late', rule);
}
