import type { Decision, DecisionBasis } from '../../../domain/sending/gate/decision.ts';
import type { Intent } from '../../../domain/sending/intent.ts';
import { skippedState } from '../../../domain/sending/ledger.ts';
import type { MessageState } from '../../../domain/sending/message.ts';
import { kindRule } from '../../../domain/sending/message.ts';
import { isLookedAt } from '../../../domain/sending/gate/number-limits.ts';
import type { FailureReason, SkipReason } from '../../../domain/sending/reason.ts';
import type { Db } from '../../connection/connect.ts';
import { BASIS_OF_SEND, INSERT_DECISION, basisBindings, insertDecisions, isSameMoment } from '../gate/decision-row.ts';
import { timestamp } from '../../connection/timestamp.ts';
import type { LedgerMessage } from './ledger-message.ts';
import { HAS_UNTOLD, KNOWN_FACT } from '../../orders/queued-messages.ts';

/** A message has a row in the ledger when it is to be sent, or will never be. While it waits, all fields are absent. */
export interface DecidedMessage extends Partial<Pick<LedgerMessage, 'id' | 'state'>> {
  /** The decision inserted the row. */
  readonly isNew?: boolean;
}

const DECIDED = `decided as (
       ${INSERT_DECISION})`;

const LOOKED_AT = `looked_at as (
       insert into cases (brand_id, contact_id, kind, cause, opened_at) values (:brand, cast(:contact as uuid), :case, :cause, :now)
       on conflict do nothing)`;

/** Messages that are still planned on an earlier channel of the step. */
const LEFT_BEHIND = `left_behind as (
       update messages set state = 'skipped', reason = :nextChannel where brand_id = :brand and order_id = :order
         and step = :step and occurrence = :occurrence and contact_id = :contact and channel_index < :channelIndex and state = 'planned')`;

/** Skipped by a correction before it was handed over. If the order comes back to this number, the message is planned again. */
const ENDED_BY_CORRECTION = `(messages.state = 'skipped' and messages.reason = '${'number_corrected' satisfies SkipReason}')`;

const IN_LEDGER = `insert into messages (brand_id, order_id, contact_id, step, occurrence, kind, class, channel, channel_index, awaited, state, reason,
         triggered_at, due_at, useful_until, in_reply, guards, created_at, known_fact, overtaken)
       values (:brand, :order, :contact, :step, :occurrence, :kind, :class, :channel, :channelIndex, :awaited, :state, :reason,
         :triggeredAt, :dueAt, :usefulUntil, :inReply, :guards, :now, ${KNOWN_FACT}, ${HAS_UNTOLD})
     on conflict (brand_id, order_id, step, occurrence, contact_id, channel) do update set
       state = case when messages.state = 'planned' or ${ENDED_BY_CORRECTION} then excluded.state
         when messages.state = 'unknown' and :outcome = 'skip' then 'given_up' else messages.state end,
       reason = case when messages.state = 'planned' or ${ENDED_BY_CORRECTION} then excluded.reason
         when messages.state = 'unknown' and :outcome = 'skip' then :givenUp else messages.reason end,
       known_fact = excluded.known_fact,
       overtaken = messages.overtaken or excluded.overtaken
     returning id, state, xmax = 0 as is_new`;

/** Parts that a decision does not need are left out: PostgreSQL opens a table and all its indexes for each part that may write to it. */
function decisionText(last: string): (opensCase: boolean, isLaterChannel: boolean) => string {
  return (opensCase, isLaterChannel) =>
    `with ${[DECIDED, ...(opensCase ? [LOOKED_AT] : []), ...(isLaterChannel ? [LEFT_BEHIND] : [])].join(', ')} ${last}`;
}

/** A waiting message has no row in the ledger. */
const DECISION_TEXT = { end: decisionText(IN_LEDGER), wait: decisionText('select where false') };

/**
 * Writes a decision and what it means for the ledger, in one statement. Running it again for the same decision changes
 * nothing. A message that is not to be sent any more ends there; one whose outcome is unknown is given up, as it may have
 * gone out. One that has gone further stays where it is. A message that is still planned on an earlier channel of the step ends too.
 * `heard`: the id of the fact that the order's run was told of last. One that came after it, or is not told yet, overtakes the message.
 */
export async function recordDecision(
  db: Db,
  message: Intent,
  decision: Decision,
  where: DecisionBasis,
  now: number,
  heard?: string,
): Promise<DecidedMessage> {
  const reason = decision.kind === 'send' ? null : decision.reason;
  const state = decision.kind === 'skip' ? skippedState(decision.reason) : 'planned';
  const opened = caseOf(message, decision, now);
  const text = DECISION_TEXT[decision.kind === 'wait' ? 'wait' : 'end'](
    opened.case !== null,
    (message.channelIndex ?? 0) > 0,
  );
  const { rows } = await db.raw<{ rows: { id: string; state: MessageState; is_new: boolean }[] }>(text, {
    brand: message.brand,
    order: message.order,
    contact: message.contact,
    step: message.step,
    occurrence: message.occurrence,
    kind: message.kind,
    class: kindRule(message.kind).class,
    channel: message.channel,
    ...opened,
    channelIndex: message.channelIndex ?? 0,
    awaited: message.awaited ?? false,
    state,
    now: timestamp(now),
    outcome: decision.kind,
    reason,
    givenUp: GIVEN_UP,
    nextChannel: 'next_channel' satisfies SkipReason,
    waitUntil: decision.kind === 'wait' ? timestamp(decision.until) : null,
    rule: decision.rule,
    ...basisBindings(where),
    triggeredAt: timestamp(message.triggeredAt),
    dueAt: timestamp(message.dueAt),
    usefulUntil: timestamp(message.usefulUntil),
    inReply: message.inReply,
    guards: [...message.guards],
    heard: heard ?? null,
  });
  const [row] = rows;
  return row ? { id: row.id, state: row.state, isNew: row.is_new } : {};
}

/**
 * The case that a decision opens for an agent. There is one per number, or per spend limit, and UTC day, however many
 * messages were held back. Both null: the decision opens no case.
 */
function caseOf(
  { contact }: Intent,
  decision: Decision,
  now: number,
): { case: 'number_limit' | 'spend_limit' | null; cause: string | null } {
  const day = timestamp(now).slice(0, 10);
  if (decision.kind === 'skip' && decision.reason === 'number_limit' && isLookedAt(decision.rule))
    return { case: 'number_limit', cause: `${contact}.${day}` };
  if (decision.kind === 'skip' && decision.reason === 'spend_limit')
    return { case: 'spend_limit', cause: `${decision.rule}.${day}` };
  return { case: null, cause: null };
}

const GIVEN_UP: FailureReason = 'outcome_unknown_given_up';

/** Ends a message that was to be sent, but cannot be. The decision names the rule. */
export async function skipMessage(
  db: Db,
  message: string,
  reason: SkipReason,
  rule: string,
  now: number,
): Promise<void> {
  await db.raw(
    `with skipped as (update messages set
         state = case state when 'unknown' then 'given_up' else :state end,
         reason = case state when 'unknown' then :givenUp else :reason end
        where id = :message and state in ('planned', 'unknown')
       returning *)
     ${insertDecisions({
       from: `skipped m ${isSameMoment('cast(:now as timestamptz)')}`,
       at: 'cast(:now as timestamptz)',
       outcome: "'skip'",
       reason: ':reason',
       rule: ':rule',
       basis: BASIS_OF_SEND,
     })}`,
    { state: skippedState(reason), reason, givenUp: GIVEN_UP, message, rule, now: timestamp(now) },
  );
}

/** Messages sent within the last 7 days that have reached a phone on two channels: a late receipt came after the second was sent. */
export async function countDoubleArrivals(db: Db): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select count(*) as count from messages second
      where second.channel_index > 0 and second.submitted_at > now() - interval '7 days' and second.state in ('delivered', 'read')
        and exists (select from messages first where first.contact_id = second.contact_id
          and (first.order_id, first.step, first.occurrence) is not distinct from (second.order_id, second.step, second.occurrence)
          and first.channel_index < second.channel_index and first.state in ('delivered', 'read'))`,
  );
  return rows[0]?.count ?? 0;
}
