/** The outcome of a message of an order, in words. */
import type { SaidRule } from '../../domain/sending/gate/explanation.ts';
import { conditionInWords, failureInWords } from '../../domain/sending/gate/explanation.ts';
import type { JourneyDefinition } from '../../domain/journey/journey.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { stepKey } from '../../domain/journey/plan.ts';
import type { DecisionView } from '../sending/decisions.ts';
import type { LastMessage } from '../../db/orders/order-history.ts';
import type { FoldedOrder } from '../../db/orders/folded-order.ts';

export const EXPLAINED_STATUSES = [
  'sent',
  'under_way', // handed over, or its outcome is not known yet
  'waiting', // moved to a later moment
  'planned',
  'not_due', // its trigger has not happened
  'not_sent',
  'not_in_journey',
] as const;
export type ExplainedStatus = (typeof EXPLAINED_STATUSES)[number];

export interface ExplainedMessage {
  /** The step's key; null where the order has no such step. */
  readonly key: string | null;
  readonly status: ExplainedStatus;
  /** When it was sent, or is to be. ISO 8601. */
  readonly at: string | null;
  readonly words: string;
  /** A country's rule that forbids the message. */
  readonly says: SaidRule | null;
  readonly decisions: readonly DecisionView[];
}

/** A message of the ledger. `decisions`: the decisions about it, oldest first. */
export function explainLedgerMessage(message: LastMessage, decisions: readonly DecisionView[]): ExplainedMessage {
  const key = stepKey(message.step, message.occurrence);
  const at = message.submitted_at && message.submitted_at.toISOString();
  const said = (status: ExplainedStatus, words: string) => ({ key, status, at, words, says: null, decisions });
  switch (message.state) {
    case 'planned':
    case 'submitted':
    case 'unknown':
      return said('under_way', 'It is being sent, or its outcome is not known yet.');
    case 'accepted':
    case 'delivered':
    case 'read':
    case 'undeliverable':
      return said('sent', `Sent on ${at ?? ''}; it is ${message.state}.`);
    case 'rejected':
    case 'given_up':
      return said('not_sent', `It failed: ${failureInWords(message.reason)}.`);
    case 'skipped':
    case 'expired':
    case 'capped':
    case 'suppressed': {
      const refusal = decisions.findLast(({ outcome }) => outcome === 'skip');
      const words = refusal?.words ?? `Not sent: ${message.reason ?? message.state}.`;
      return { ...said('not_sent', words), at: null, says: refusal?.says ?? null };
    }
  }
}

/**
 * For a kind that the order's journey does not send. The words name the orders to which the brand's present journey
 * sends it.
 */
export function explainMissingStep(
  kind: MessageKind,
  { journey, history }: FoldedOrder,
  { name, version, steps }: JourneyDefinition,
): ExplainedMessage {
  const elsewhere = steps.filter(({ act }) => 'send' in act && act.send === kind);
  const follows = journey
    ? `The order follows ${journey.name} ${journey.version}`
    : 'Only events of the order are known';
  const who =
    elsewhere.length === 0
      ? 'no step of the journey sends it'
      : `${name} ${version} sends it to ${elsewhere.map((step) => conditionInWords(step.for)).join('; ')}`;
  const fulfilment = history.order.fulfilment === null ? '' : `; this one is ${history.order.fulfilment}`;
  return {
    key: null,
    status: 'not_in_journey',
    at: null,
    words: `${follows}, in which it has no place: ${who}${fulfilment}.`,
    says: null,
    decisions: [],
  };
}
