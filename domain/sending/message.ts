/**
 * The vocabulary of messages: every kind a customer can get, its class, when in the day it may go out and for how long it
 * is worth sending. One word per thing; docs/architecture.md has the full list.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * transactional: about this order. service_feedback: a private score. promotional: everything that sells. compliance: opt-out confirmations
 * and help.
 */
export const MESSAGE_CLASSES = ['transactional', 'service_feedback', 'promotional', 'compliance'] as const;
export type MessageClass = (typeof MESSAGE_CLASSES)[number];

/** Topics that a customer can choose, beside news of a running order. */
export const TOPICS = ['orders', 'tips', 'feedback', 'reviews', 'offers'] as const;
export type Topic = (typeof TOPICS)[number];

export interface KindRule {
  readonly class: MessageClass;
  /** Absent: an answer that is sent whatever the customer has chosen. */
  readonly topic?: Topic;
  /** `any`: at once, day or night. `daytime`: deferred to the next window of the recipient's zone. */
  readonly hours: 'any' | 'daytime';
  /** Urgent updates keep no distance from other messages, and other messages keep none from them. */
  readonly urgent: boolean;
  /** Milliseconds after the due time. After that the message expires, because it would arrive absurdly late. */
  readonly usefulFor: number;
  /** Useless after the end of the recipient's local day of the trigger, even if `usefulFor` is longer. */
  readonly sameDayOnly?: true;
}

/** Product section 1: class and default timing of every message kind. */
export const MESSAGE_KINDS = {
  order_confirmation: { class: 'transactional', topic: 'orders', hours: 'any', urgent: true, usefulFor: DAY },
  order_updated: { class: 'transactional', topic: 'orders', hours: 'any', urgent: true, usefulFor: DAY },
  order_cancelled: { class: 'transactional', topic: 'orders', hours: 'any', urgent: true, usefulFor: 3 * DAY },
  refund_issued: { class: 'transactional', topic: 'orders', hours: 'any', urgent: true, usefulFor: 3 * DAY },
  return_received: { class: 'transactional', topic: 'orders', hours: 'any', urgent: true, usefulFor: 3 * DAY },
  shipped: { class: 'transactional', topic: 'orders', hours: 'any', urgent: true, usefulFor: 2 * DAY },
  out_for_delivery: {
    class: 'transactional',
    topic: 'orders',
    hours: 'any',
    urgent: true,
    usefulFor: DAY,
    sameDayOnly: true,
  },
  ready_for_pickup: { class: 'transactional', topic: 'orders', hours: 'daytime', urgent: true, usefulFor: 3 * DAY },
  pickup_reminder: { class: 'transactional', topic: 'orders', hours: 'daytime', urgent: false, usefulFor: 3 * DAY },
  delivery_delayed: { class: 'transactional', topic: 'orders', hours: 'daytime', urgent: true, usefulFor: 2 * DAY },
  delivery_failed: { class: 'transactional', topic: 'orders', hours: 'daytime', urgent: true, usefulFor: 2 * DAY },
  delivered: { class: 'transactional', topic: 'orders', hours: 'daytime', urgent: true, usefulFor: 2 * DAY },
  setup_guide: { class: 'transactional', topic: 'tips', hours: 'daytime', urgent: false, usefulFor: 3 * DAY },
  care_tips: { class: 'transactional', topic: 'tips', hours: 'daytime', urgent: false, usefulFor: 5 * DAY },
  check_in: { class: 'transactional', topic: 'tips', hours: 'daytime', urgent: false, usefulFor: 5 * DAY },
  rating_request: { class: 'service_feedback', topic: 'feedback', hours: 'daytime', urgent: false, usefulFor: 7 * DAY },
  review_invitation: { class: 'promotional', topic: 'reviews', hours: 'daytime', urgent: false, usefulFor: 7 * DAY },
  support_offer: { class: 'transactional', topic: 'orders', hours: 'any', urgent: true, usefulFor: DAY },
  nps_request: { class: 'service_feedback', topic: 'feedback', hours: 'daytime', urgent: false, usefulFor: 7 * DAY },
  loyalty_invitation: { class: 'promotional', topic: 'offers', hours: 'daytime', urgent: false, usefulFor: 7 * DAY },
  loyalty_tier: { class: 'promotional', topic: 'offers', hours: 'daytime', urgent: false, usefulFor: 7 * DAY },
  bundle_offer: { class: 'promotional', topic: 'offers', hours: 'daytime', urgent: false, usefulFor: 7 * DAY },
  replenishment: { class: 'promotional', topic: 'offers', hours: 'daytime', urgent: false, usefulFor: 5 * DAY },
  reactivation: { class: 'promotional', topic: 'offers', hours: 'daytime', urgent: false, usefulFor: 14 * DAY },
  // These are questions and not answers: a stopped number gets none, and nobody gets one at night.
  consent_request: { class: 'transactional', hours: 'daytime', urgent: false, usefulFor: 3 * DAY },
  consent_renewal: { class: 'transactional', hours: 'daytime', urgent: false, usefulFor: 14 * DAY },
  opt_out_confirmed: { class: 'compliance', hours: 'any', urgent: true, usefulFor: 5 * MINUTE },
  opt_out_or_order: { class: 'compliance', hours: 'any', urgent: true, usefulFor: 5 * MINUTE },
  opt_in_confirmed: { class: 'compliance', hours: 'any', urgent: true, usefulFor: 5 * MINUTE },
  help: { class: 'compliance', hours: 'any', urgent: true, usefulFor: 5 * MINUTE },
  access_code: { class: 'compliance', hours: 'any', urgent: true, usefulFor: 10 * MINUTE },
  // The request can be taken back for 24 h.
  erasure_planned: { class: 'compliance', hours: 'any', urgent: true, usefulFor: 12 * HOUR },
  erasure_cancelled: { class: 'compliance', hours: 'any', urgent: true, usefulFor: 5 * MINUTE },
} as const satisfies Record<string, KindRule>;

export type MessageKind = keyof typeof MESSAGE_KINDS;

/**
 * A request to confirm a consent over the number, or to renew one. It is sent once, by the workflow of a contact's
 * consents.
 */
export const CONSENT_QUESTIONS = ['consent_request', 'consent_renewal'] as const satisfies readonly MessageKind[];
export type ConsentQuestion = (typeof CONSENT_QUESTIONS)[number];

/** Texts that a person requests on the preference page. */
export const ASKED_TEXTS = ['access_code', 'erasure_planned'] as const satisfies readonly MessageKind[];
export type AskedText = (typeof ASKED_TEXTS)[number];

/** Kinds that a journey can plan: neither the answers to keywords nor the questions about a consent, which belong to no order. */
export function isPlannable(kind: MessageKind): boolean {
  return kindRule(kind).class !== 'compliance' && !asksForConsent(kind);
}

export function asksForConsent(kind: MessageKind): kind is ConsentQuestion {
  return CONSENT_QUESTIONS.some((question) => question === kind);
}

/** The rule of a kind, widened so that optional fields can be read on every kind. */
export function kindRule(kind: MessageKind): KindRule {
  return MESSAGE_KINDS[kind];
}

/** Kinds that keep a distance from each other: everything but urgent updates. */
export const SPACED_KINDS: readonly MessageKind[] = Object.keys(MESSAGE_KINDS).filter(
  (kind): kind is MessageKind => isMessageKind(kind) && !kindRule(kind).urgent,
);

/** Every kind about one of these topics. */
export function kindsAbout(topics: readonly Topic[]): readonly MessageKind[] {
  return Object.keys(MESSAGE_KINDS).filter((kind): kind is MessageKind => {
    if (!isMessageKind(kind)) return false;
    const { topic } = kindRule(kind);
    return topic !== undefined && topics.includes(topic);
  });
}

export function isMessageKind(value: string): value is MessageKind {
  return Object.hasOwn(MESSAGE_KINDS, value);
}

/** Ledger states of a message, architecture section 4. */
export const MESSAGE_STATES = [
  'planned',
  'submitted',
  'unknown',
  'accepted',
  'delivered',
  'read',
  'undeliverable',
  'rejected',
  'skipped',
  'expired',
  'capped',
  'suppressed',
  'given_up',
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** Names of the channels that a message can take. channels/ has an object for each, which says how the channel works. */
export const CHANNELS = ['sms', 'rcs'] as const;
export type Channel = (typeof CHANNELS)[number];
/**
 * The channel that every number has. A step that names no channel goes out on it, and so do replies. The row of `addresses` on this channel is
 * the contact's number; a row on another channel only says that the number cannot be reached there.
 */
export const BASE_CHANNEL = 'sms' as const satisfies Channel;

/** The tone of texts: new customers get reassurance, loyal ones brevity. */
export type Tone = 'new' | 'loyal';
/** Languages of texts and pages. Each has a folder `locales/<tag>/`; a new one is that folder and an entry here. */
export const LOCALES = ['en', 'it', 'ko'] as const;
export type Locale = (typeof LOCALES)[number];
/** A shop's words by language. A text prints the words in its own language, never those of another. */
export type InLanguages = Readonly<Partial<Record<Locale, string>>>;
