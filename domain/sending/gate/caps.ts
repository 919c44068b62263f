/**
 * Caps on messages that are not about an order, counted per person over all orders. Messages about an order are never
 * counted and never held back.
 */
import { DAY, MINUTE } from '../../time/duration.ts';
import type { MessageClass, MessageKind, Topic } from '../message.ts';
import { kindRule } from '../message.ts';

/** At most `max` messages about these topics within `per` ms. */
export interface Cap {
  readonly rule: string;
  readonly max: number;
  readonly per: number;
  readonly topics: readonly Topic[];
}

/** Topics that sell or ask for something: one cap counts them all, and country rules speak of them. */
export const MARKETING: readonly Topic[] = ['feedback', 'reviews', 'offers'];
/** The classes of `MARKETING`. They need a consent of their own; feedback without a country's rule fails closed. */
export function isCapped(messageClass: MessageClass): messageClass is 'promotional' | 'service_feedback' {
  return messageClass === 'promotional' || messageClass === 'service_feedback';
}

/** Topics that a customer can reduce: all but news of an order. */
export const REDUCIBLE_TOPICS: readonly Topic[] = ['tips', ...MARKETING];

/**
 * The cap on feedback requests and promotions together, over all orders of a person, unless the brand sets another
 * one. Period in ms.
 */
export const CAP = 3;
export const CAP_PERIOD = 7 * DAY;
/** No cap looks further back, ms. */
export const LONGEST_CAP = 31 * DAY;

/** A sent message. It counts once, on however many channels it was sent. */
export interface Sent {
  readonly kind: MessageKind;
  /** Epoch ms. */
  readonly at: number;
}

/** Another capped message of the same person that waits, and until when. Epoch ms. */
export interface WaitingMessage {
  readonly kind: MessageKind;
  readonly until: number;
}

/**
 * Every kind that a cap can count, the most valuable to customer and shop first. If there is room for one message,
 * the earlier one of this list gets it.
 */
export const KINDS_BY_VALUE = [
  'setup_guide',
  'check_in',
  'care_tips',
  'rating_request',
  'nps_request',
  'review_invitation',
  'replenishment',
  'loyalty_tier',
  'loyalty_invitation',
  'bundle_offer',
  'reactivation',
] as const satisfies readonly MessageKind[];

/** A waitingMessage that should have gone out by now is given this long to be counted, ms. */
const GRACE = 15 * MINUTE;

export interface CapAnswer {
  readonly until: number;
  readonly rule: string;
}

/**
 * The moment until which a message has to wait for room, epoch ms. Undefined: there is room. The last room goes to a
 * more valuable waiting message, if there is one. Of several caps the one that holds longest decides.
 */
export function waitForCaps(
  kind: MessageKind,
  caps: readonly Cap[],
  sent: readonly Sent[],
  waitingMessages: readonly WaitingMessage[],
  now: number,
): CapAnswer | undefined {
  const answers = caps.filter(counts(kind)).flatMap((cap) => capAnswer(kind, cap, sent, waitingMessages, now) ?? []);
  return answers.reduce<CapAnswer | undefined>(
    (last, next) => (last && last.until >= next.until ? last : next),
    undefined,
  );
}

function capAnswer(
  kind: MessageKind,
  cap: Cap,
  sent: readonly Sent[],
  waitingMessages: readonly WaitingMessage[],
  now: number,
): CapAnswer | undefined {
  const counted = sent
    .filter((one) => now - one.at < cap.per && counts(one.kind)(cap))
    .map(({ at }) => at)
    .toSorted((a, b) => a - b);
  // The counted message whose end makes room.
  const leaving = counted[counted.length - cap.max];
  if (leaving !== undefined || cap.max === 0)
    return { until: leaving === undefined ? now + cap.per : leaving + cap.per, rule: cap.rule };
  const ahead = waitingMessages.filter(
    (waitingMessage) =>
      counts(waitingMessage.kind)(cap) &&
      value(waitingMessage.kind) < value(kind) &&
      waitingMessage.until < now + cap.per,
  );
  if (counted.length + ahead.length < cap.max) return undefined;
  return { until: Math.max(now, ...ahead.map(({ until }) => until)) + GRACE, rule: `${cap.rule}.value` };
}

function counts(kind: MessageKind): (cap: Cap) => boolean {
  const { topic } = kindRule(kind);
  return ({ topics }) => topics.some((one) => one === topic);
}

function value(kind: MessageKind): number {
  return (KINDS_BY_VALUE as readonly MessageKind[]).indexOf(kind);
}
