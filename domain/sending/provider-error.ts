/**
 * The action that an error of the provider asks for, whatever the provider calls it. The list is closed: an unknown code asks for
 * nothing (`keep`), because a guess could silence a customer or a brand.
 *
 * About the recipient:
 * - `suppress`: this number never again from this sender; it opted out or is barred.
 * - `mark_unusable`: the address is of no use on this channel, for good; other channels of the contact may work.
 * - `count_failure`: perhaps of no use. Counted, and marked after several in a row.
 *
 * About the message:
 * - `retry_later`: it may arrive later, while it is useful.
 * - `expire`: it came too late, and a second try would be later still.
 * - `keep`: recorded and nothing else.
 *
 * About everything else that goes out the same way; an operator has to look at it:
 * - `block_template`: the text is refused for all recipients.
 * - `block_sender`: the sender is refused, whatever it says.
 * - `open_circuit`: the account is refused. Nothing is sent until it works again.
 * - `alert`: a mistake of ours or a decision of the provider's that no rule here can answer; sending goes on.
 */
export type ErrorAction =
  | 'suppress'
  | 'mark_unusable'
  | 'count_failure'
  | 'retry_later'
  | 'expire'
  | 'keep'
  | 'block_template'
  | 'block_sender'
  | 'open_circuit'
  | 'alert';

/** A problem that a person has to look at, for a log line of level error and the metric. Ids and words only. */
export interface Alarm {
  readonly kind: 'template_blocked' | 'sender_blocked' | 'circuit_opened' | 'alert';
  readonly brand: string;
  readonly message: string;
  readonly code: string;
}
