/** What the words of the closed lists mean, for docs/operations.md. A new word does not compile until it is explained here. */
import type { FailureReason, SkipReason, WaitReason } from '../domain/reason.ts';
import type { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';

export const SKIP_MEANINGS: Readonly<Record<SkipReason, string>> = {
  order_cancelled: 'the order was cancelled; only the news about that still goes out',
  order_returned: 'the goods were returned; only the news about that still goes out',
  order_refunded: 'money was given back, and the step is not for refunded orders',
  superseded: 'a later fact makes it pointless, such as "shipped" when the parcel has arrived',
  collected: 'the parcel was picked up',
  open_case: 'an agent is at work for this order',
  low_rating: 'the customer rated 1 to 3',
  already_rated: 'the customer has rated already',
  already_member: 'the customer is a member of the loyalty programme',
  reordered: 'the customer has ordered again since',
  asked_recently: 'the customer was asked the same in the last 180 days',
  no_address: 'the contact has no number that can be reached on this channel',
  no_sender: 'the brand has no sender on this channel',
  delivered_elsewhere: 'the same message has arrived on another channel',
  next_channel: 'this channel could not take it in time, so the step has turned to its next one',
  no_consent: 'consent for this class was not given, or was withdrawn',
  opted_out: 'the number is suppressed: STOP, an agent, or the provider',
  unknown_zone: "the customer's time zone is not known, so quiet hours cannot be kept",
  cap_reached: 'the cap of 3 requests and promotions in 7 days would hold it back for longer than it is useful',
  too_late: 'it would arrive after it has become useless',
  missing_data: 'the text needs a value that the shop has not given; the rule names the placeholder',
  skipped_by_operator: 'somebody struck the step out',
  messages_cancelled_by_operator: 'somebody cancelled every message still to come',
};

export const WAIT_MEANINGS: Readonly<Record<WaitReason, string>> = {
  quiet_hours: "outside the hours of the class at the recipient's place; moved into the next window",
  too_close: 'less than 2 hours after the last message to this person; urgent ones do not wait',
  cap_reached: '3 requests and promotions were sent in the last 7 days; moved to when the oldest no longer counts',
  provider_busy: 'the provider refused for now (rate, account, outage); it is tried again',
  slot: 'the rate of the account, the sender, the campaign or the brand is booked until then',
  provider_down: 'the provider does not answer or refuses everything; tried again when the circuit may close',
  stopped: 'the provider refuses this template or sender; waits until an operator releases it',
  outcome_unknown:
    "the provider may or may not have taken it; settled by a status webhook, by the provider's records, or by class after one hour",
};

export const FAILURE_MEANINGS: Readonly<Record<FailureReason, string>> = {
  provider_refused: 'the provider refused this message for good',
  outcome_unknown_given_up: 'nobody knows whether the provider took it, and sending it again would be worse',
  given_up_by_operator: 'somebody decided that it is not sent any more',
  undelivered: 'the provider took it and reported that it did not arrive',
};

export const SEARCH_ATTRIBUTE_MEANINGS: Readonly<Record<keyof typeof SEARCH_ATTRIBUTES, string>> = {
  brand: "the brand's id",
  contact: "the contact's id, as in `GET /v1/contacts/{id}`",
  phase: '`unknown`, `order`, `delivery`, `activation`, `assistance`, `social_proof`, `expansion` or `ended`',
  nextStep: 'the step that comes next: `rating_request`, or `shipped#p1` where a step can occur more than once',
  nextDue: 'when it is due',
  hold: 'whether the order is paused',
};
