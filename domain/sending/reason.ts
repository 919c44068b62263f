/**
 * The closed list of reasons, one row each. The same word stands in the decision row, the log line, the metric, the API and the timeline, and
 * its meaning in docs/operations.md and in explanations.
 */

/** A message that is never sent. */
export interface SkipRow {
  /** For people: "Not sent: ... ." */
  readonly words: string;
  /** The state that the message ends in. `skipped` when left out. */
  readonly ends?: 'expired' | 'capped' | 'suppressed';
  /** The message was refused on this channel only: another one may still take it. */
  readonly ofTheChannel?: true;
}

const SKIPS = {
  order_cancelled: { words: 'the order was cancelled; only the news about that still goes out' },
  order_returned: { words: 'the goods were returned; only the news about that still goes out' },
  order_refunded: { words: 'the whole order was refunded, and the step is not for refunded orders' },
  item_returned: { words: 'it is about an item that was returned or refunded' },
  superseded: { words: 'a later fact makes it pointless, such as "shipped" when the parcel has arrived' },
  collected: { words: 'the parcel was picked up' },
  at_pickup: { words: 'the parcel waits at the pick-up point, and the customer was told so' },
  not_arrived: { words: 'the order has not arrived' },
  already_told: {
    words:
      'the promised time is the one that was told last, or less than two hours later on the same day; or it was moved on, and another text tells of it',
  },
  open_case: { words: 'an agent is at work for this order, which follows a journey that did not wait for that' },
  low_rating: { words: 'the customer rated 1 to 3' },
  already_rated: { words: 'the customer has rated already' },
  already_member: { words: 'the customer is a member of the loyalty programme' },
  reordered: { words: 'the customer has ordered again since' },
  asked_recently: { words: 'the customer was asked the same in the last 180 days' },
  no_address: {
    words: 'the contact has no number that can be reached on this channel',
    ends: 'suppressed',
    ofTheChannel: true,
  },
  no_sender: { words: 'the brand has no sender on this channel', ofTheChannel: true },
  reply_window: {
    words: 'this channel takes free text only for a while after the customer has written there, and that time is over',
    ofTheChannel: true,
  },
  number_range: {
    words:
      'the number belongs to a satellite, to a network of no country or to premium rate, and none of those is texted',
    ends: 'suppressed',
  },
  country_not_served: { words: 'the brand texts no numbers of this country', ends: 'suppressed' },
  delivered_elsewhere: { words: 'the same message has arrived on another channel' },
  number_corrected: { words: 'the number of the order was corrected: the old number is told nothing more' },
  next_channel: { words: 'this channel could not take it in time, so the step has turned to its next one' },
  no_consent: { words: 'consent for this class was not given, or was withdrawn', ends: 'suppressed' },
  not_confirmed: {
    words: 'the consent has to be confirmed by the person over the number itself, and was not',
    ends: 'suppressed',
  },
  consent_expired: { words: 'the consent was given too long ago, or not renewed in time', ends: 'suppressed' },
  list_unchecked: {
    words: 'a list of people who do not want to be written to has to be asked about the number first',
    ends: 'suppressed',
  },
  on_a_list: { words: 'the number is on a list of people who do not want to be written to', ends: 'suppressed' },
  opted_out: { words: 'the number is suppressed: STOP, an agent, the provider, or an erasure', ends: 'suppressed' },
  topic_off: { words: 'the customer has chosen not to hear about this', ends: 'suppressed' },
  channel_off: {
    words: 'the customer has chosen not to be written to on this channel',
    ends: 'suppressed',
    ofTheChannel: true,
  },
  category: {
    words: 'the operator of this channel counts it as a promotion, and none may be sent there now',
    ends: 'suppressed',
    ofTheChannel: true,
  },
  unknown_zone: { words: "the customer's time zone is not known, so quiet hours cannot be kept" },
  no_common_hours: { words: 'the hours of all places the person may be in share no moment' },
  cap_reached: { words: 'the person gets as much as they may, for longer than this is useful', ends: 'capped' },
  spend_limit: {
    words: "twice the day's limit of what the brand spends on texts is used up; an agent looks at it",
    ends: 'capped',
  },
  number_limit: {
    words:
      'the number has got as many texts as one number may get; an agent looks at it where the rule is limit.orders, limit.number_day or limit.number_week',
    ends: 'capped',
  },
  too_late: { words: 'it would arrive after it has become useless', ends: 'expired' },
  no_text_in_language: {
    words:
      "the text prints words of the shop, and the shop has none in the customer's language; the rule names the placeholder",
  },
  missing_data: { words: 'the text needs a value that the shop has not given; the rule names the placeholder' },
  skipped_by_operator: { words: 'an operator skipped the step' },
  messages_cancelled_by_operator: { words: 'an operator cancelled every message still to come' },
} as const satisfies Readonly<Record<string, SkipRow>>;
export type SkipReason = keyof typeof SKIPS;
export const SKIP_REASONS: Readonly<Record<SkipReason, SkipRow>> = SKIPS;

/**
 * True if the message was refused on this channel only. A record of an earlier version may name a reason that no
 * longer exists.
 */
export function mayAnotherChannelTry(reason: SkipReason): boolean {
  const row: SkipRow | undefined = SKIPS[reason];
  return row?.ofTheChannel === true;
}

/** A message that waits: it is planned again at the time given with the reason. */
const WAITS = {
  open_case: 'a case of the customer is open, or was closed less than a day ago',
  quiet_hours: "outside the hours of the class at the recipient's place; moved into the next window",
  too_close: 'less than 2 hours after the last message to this person; urgent ones do not wait',
  cap_reached: 'the person has got as much as they may; moved to when there is room again',
  delay_told:
    'the customer was told of a delay of this order today, or of a time that is still to come; asked again after it',
  paused_by_customer: 'the customer wants a break; news of an order goes on',
  paused_by_operator: 'an operator has paused the order; planned again when it is resumed',
  erasure_planned: 'the person has asked to be erased and may take it back for a day; news of an order goes on',
  held_for_agent: 'a reply may have been an opt-out: promotions wait until an agent has looked at it',
  provider_busy: 'the provider refused for now (rate, account, outage); it is tried again',
  slot: 'the rate of the account, the sender, the campaign or the brand is booked until then',
  provider_down: 'the provider does not answer or refuses everything; tried again when the circuit may close',
  number_corrected: 'the number of the order was corrected: planned again for the new one',
  stopped: 'the provider refuses this template or sender; waits until an operator releases it',
  spend_limit:
    "the day's limit of what the brand spends on texts is used up; news of orders goes on up to twice as much",
  outcome_unknown:
    "the provider may or may not have taken it; settled by a status webhook, by the provider's records, or by class after one hour",
} as const;
export type WaitReason = keyof typeof WAITS;
/** For people: "Moved to ...: ... ." */
export const WAIT_REASONS: Readonly<Record<WaitReason, string>> = WAITS;

/** A message that ended without being accepted, for another reason than a decision of the gate. */
const FAILURES = {
  provider_refused: 'the provider refused this message for good',
  outcome_unknown_given_up: 'it is unknown whether the provider took it, and sending it again would be worse',
  given_up_by_operator: 'an operator decided that it is not sent any more',
  undelivered: 'the provider took it and reported that it did not arrive',
} as const;
export type FailureReason = keyof typeof FAILURES;
export const FAILURE_REASONS: Readonly<Record<FailureReason, string>> = FAILURES;
