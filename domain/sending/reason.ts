/**
 * The closed list of reasons. The same word stands in the decision row, the log line, the metric, the API and the timeline.
 */

/** Why a message is not sent, ever. */
export const SKIP_REASONS = [
  'order_cancelled',
  'order_returned',
  'order_refunded',
  'item_returned', // the step is about an item that came back
  'superseded', // a later fact makes it pointless: "shipped" after "delivered"
  'collected',
  'at_pickup', // the parcel waits for the customer, who was told so
  'not_arrived', // an order that has not arrived is no reason to come back
  'already_told', // of the delay: the promise is the one that was told, or next to it
  'open_case',
  'low_rating',
  'already_rated',
  'already_member',
  'reordered',
  'asked_recently',
  'no_address', // on this channel
  'no_sender', // the brand has none on this channel
  'number_range', // a satellite, a network of no country, premium rate: never texted
  'country_not_served', // the brand texts no numbers of this country
  'delivered_elsewhere', // the same message has arrived on another channel
  'number_corrected', // the order's number was corrected: this message was for the old one
  'next_channel', // this one could not take it in time: the step has turned to the next
  'no_consent',
  'not_confirmed', // a consent that has to be confirmed over the number itself and was not
  'consent_expired',
  'list_unchecked', // a list of people who do not want to be written to has to be asked first
  'on_a_list',
  'opted_out',
  'topic_off', // the customer's choice
  'channel_off', // the customer's choice
  'category', // this channel's operator counts it as a promotion, and none may be sent there now
  'unknown_zone',
  'no_common_hours', // the hours of all places it may be in share no moment
  'cap_reached',
  'spend_limit', // twice the brand's spend limit of the day is used up
  'number_limit', // the number has got as many texts from the brand as one number may
  'too_late',
  'no_text_in_language', // the shop's words that the text prints are in other languages only
  'missing_data', // the text needs something the shop has not told us
  'skipped_by_operator',
  'messages_cancelled_by_operator',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** True if the message was refused on this channel only: another one may still take it. */
export function isOfTheChannel(reason: SkipReason): boolean {
  return reason === 'no_address' || reason === 'no_sender' || reason === 'channel_off' || reason === 'category';
}

/** Why a message waits. It is planned again at the time given with the reason. */
export const WAIT_REASONS = [
  'open_case', // a case of the customer is open, or was closed a moment ago
  'quiet_hours',
  'too_close',
  'delay_told', // of the same order: one text a day, and none before the time that was told has passed
  'cap_reached',
  'paused_by_customer',
  'paused_by_operator', // the order is paused
  'erasure_planned', // the person has asked to be erased, and can take it back
  'held_for_agent', // a reply that may be an opt-out has not been looked at
  'slot', // the sender's rate is booked until then
  'provider_busy',
  'provider_down', // a circuit is open
  'number_corrected', // the message in hand was for the old number: it is planned again for the new one
  'stopped', // the provider refuses the template or the sender
  'spend_limit', // the brand's spend limit of the day is used up
  'outcome_unknown',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** Why a message has ended without being accepted, other than by a decision of the gate. */
export const FAILURE_REASONS = [
  'provider_refused',
  'outcome_unknown_given_up',
  'given_up_by_operator',
  'undelivered',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];
