/** The effect of statuses on a message, once more and more simply: the judge of the statement that does it in sets. */
import { randomUUID } from 'node:crypto';
import type { Db } from '../../../../db/connection/connect.ts';
import type { Receipt } from '../../../../domain/sending/ledger.ts';
import { RECEIPTS } from '../../../../domain/sending/ledger.ts';
import type { PlacedOrder } from '../../../helpers/ledger.ts';
import { NOON } from '../../../helpers/ledger.ts';

export interface ModelStatus {
  readonly receipt: Receipt;
  /** Epoch ms. */
  readonly at: number;
  readonly code?: string | undefined;
  readonly copies: number;
  readonly nameless: boolean;
}

export interface ModelAttempt {
  readonly outcome: 'accepted' | 'unknown' | 'refused' | 'not_sent' | null;
  readonly statuses: readonly ModelStatus[];
  readonly clientRef: string;
  readonly providerId: string;
}

export interface ModelMessage {
  readonly id: string;
  readonly state: string;
  readonly attempts: readonly ModelAttempt[];
  readonly atOnce: boolean;
}

export interface GivenMessage {
  readonly attempts: readonly Pick<ModelAttempt, 'outcome' | 'statuses'>[];
  /** Of an unknown one: it is not tried any more. */
  readonly givenUp: boolean;
  /** All that is said of it comes at once. */
  readonly atOnce: boolean;
}

/** All that a status may change, in the order of `finalStateOf`. */
export interface FinalState {
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: readonly (readonly [
    outcome: string | null,
    settledBy: string | null,
    providerId: string | null,
  ])[];
  /** `receipt at` of every status that was stored, sorted. */
  readonly statuses: readonly string[];
}

/** The ledger after no status at all: where the last attempt has left the message. */
function stateBefore({ attempts, givenUp }: GivenMessage): string {
  const last = attempts.findLast(({ outcome }) => outcome !== 'refused' && outcome !== 'not_sent');
  if (!last) return 'planned';
  if (last.outcome === null) return 'submitted';
  return last.outcome === 'accepted' ? 'accepted' : givenUp ? 'given_up' : 'unknown';
}

/** Hears the statuses once each and in the order of their times. */
export function finalStateOf({ state, attempts }: ModelMessage): FinalState {
  const furthest = attempts.map(({ statuses }) =>
    Math.max(-1, ...statuses.toSorted((a, b) => a.at - b.at).map(({ receipt }) => RECEIPTS.indexOf(receipt))),
  );
  const arrived = Math.max(...furthest);
  const last = attempts.findLastIndex(
    ({ outcome }, index) => (outcome !== 'refused' && outcome !== 'not_sent') || (furthest[index] ?? -1) >= 0,
  );
  const speaks = arrived >= RECEIPTS.indexOf('delivered') ? arrived : (furthest[last] ?? -1);
  const receipt = RECEIPTS[speaks];
  return {
    state: receipt === undefined ? state : receipt === 'submitted' ? 'accepted' : receipt,
    reason: reasonOf(receipt, state),
    attempts: attempts.map(({ outcome, statuses, providerId }) => {
      if (statuses.length === 0) return [outcome, settledBefore(outcome), outcome === 'accepted' ? providerId : null];
      return ['accepted', outcome === 'accepted' ? 'answer' : 'receipt', providerId];
    }),
    statuses: attempts
      .flatMap(({ statuses }) => statuses.map((status) => `${status.receipt} ${new Date(status.at).toISOString()}`))
      .toSorted(),
  };
}

function reasonOf(receipt: Receipt | undefined, before: string): string | null {
  if (receipt === undefined) return before === 'given_up' ? 'outcome_unknown_given_up' : null;
  return receipt === 'rejected' || receipt === 'undeliverable' ? 'undelivered' : null;
}

function settledBefore(outcome: ModelAttempt['outcome']): string | null {
  return outcome === 'accepted' || outcome === 'refused' ? 'answer' : outcome === 'not_sent' ? 'records' : null;
}

/** Writes the messages as their attempts have left them. */
export async function fillLedger(
  db: Db,
  { brand, order, contact }: PlacedOrder,
  given: readonly GivenMessage[],
): Promise<ModelMessage[]> {
  const messages = given.map((one): ModelMessage => {
    const ids = one.attempts.map((attempt) => ({ ...attempt, clientRef: randomUUID(), providerId: randomUUID() }));
    return { id: randomUUID(), state: stateBefore(one), attempts: ids, atOnce: one.atOnce };
  });
  const at = new Date(NOON);
  const about = { brand_id: brand, order_id: order, contact_id: contact, step: 'shipped', kind: 'shipped' };
  const when = { triggered_at: at, due_at: at, useful_until: at, created_at: at };
  await db.batchInsert(
    'messages',
    messages.map(({ id, state }) => ({
      ...about,
      ...when,
      id,
      occurrence: id,
      class: 'transactional',
      channel: 'sms',
      state,
      reason: reasonOf(undefined, state),
      body: 'Ciao',
      submitted_at: state === 'planned' ? null : at,
      accepted_at: state === 'accepted' ? at : null,
    })),
    1000,
  );
  await db.batchInsert(
    'attempts',
    messages.flatMap(({ id, attempts }) =>
      attempts.map(({ outcome, clientRef, providerId }, index) => ({
        message_id: id,
        number: index + 1,
        client_ref: clientRef,
        submitted_at: at,
        outcome,
        settled_by: settledBefore(outcome),
        provider_id: outcome === 'accepted' ? providerId : null,
        finished_at: outcome === null ? null : at,
      })),
    ),
    1000,
  );
  return messages;
}

/** Where every message of an order stands. */
export async function readBack(db: Db, { brand, order }: PlacedOrder): Promise<Map<string, FinalState>> {
  const { rows } = await db.raw<{ rows: (FinalState & { id: string })[] }>(
    `select m.id, m.state, m.reason,
       (select jsonb_agg(jsonb_build_array(a.outcome, a.settled_by, a.provider_id) order by a.number)
          from attempts a where a.message_id = m.id) as attempts,
       (select coalesce(array_agg(s.status || ' ' || to_char(s.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
          order by s.status || ' ' || to_char(s.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') collate "C"), '{}')
          from attempts a join statuses s on s.attempt_id = a.id where a.message_id = m.id) as statuses
       from messages m where m.brand_id = :brand and m.order_id = :order`,
    { brand, order },
  );
  return new Map(rows.map(({ id, state, reason, attempts, statuses }) => [id, { state, reason, attempts, statuses }]));
}
