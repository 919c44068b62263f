/** A new fact of an order overtakes the order's messages that are in the send queue or wait for another try. */
import type { SkipReason } from '../../domain/sending/reason.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import { insertDecisions } from '../sending/gate/decision-row.ts';
import { ENDINGS, NOT_PLANNED_BY } from './event-types.ts';

/**
 * CTEs after `stored` (brand_id, order_id, type), the rows of the inbox that a statement has inserted. They move the gate's version, so that
 * no submission that was decided on before can be committed any more, and mark planned messages, so that the next round asks the order. One
 * of unknown outcome needs no mark: it is always asked about before it is submitted again. Contacts are locked before messages, as by a
 * submission.
 */
export const OVERTAKING_EVENTS = `
  moved as (
    update contacts c set gate_version = c.gate_version + 1 from stored s
        join orders o on o.brand_id = s.brand_id and o.id = s.order_id
     where c.id = o.contact_id and (s.type in ${ENDINGS} or exists (
       select from messages m where m.brand_id = o.brand_id and m.order_id = o.id and m.state in ('planned', 'unknown')))
    returning c.id, o.brand_id, o.id as order_id),
  overtaken as (
    update messages m set overtaken = true from moved
     where m.brand_id = moved.brand_id and m.order_id = moved.order_id and m.contact_id = moved.id and m.state = 'planned')`;

/** The row of the fact `:heard` of the order `:order`. Null: there is none. */
export const KNOWN_FACT = `(select max(k.id) from inbox k
  where k.brand_id = :brand and k.order_id = :order and k.event_id = :heard)`;

/** Row `i` of the inbox is a fact that can change the order's plan. */
const IS_PLANNED_BY = `i.type not in ${NOT_PLANNED_BY} and i.type not like 'command.%'`;

/**
 * A fact of the order was stored after the last that the plan of message `t` knew. It marks a message that is planned by then (`OVERTAKING_EVENTS`),
 * but not one whose row is inserted a few milliseconds later.
 */
export function unknownToPlan(t: string): string {
  return `(${t}.known_fact is not null and exists (select from inbox i where i.brand_id = ${t}.brand_id and i.order_id = ${t}.order_id
    and i.id > ${t}.known_fact and ${IS_PLANNED_BY}))`;
}

/**
 * A fact of the order `:order` is not told yet, and is not `:heard`. The process that tells it may be slow, and a later fact may have been
 * told before it. Of facts that were told together all but the last look so until they are settled: the order is asked in vain then.
 */
export const HAS_UNTOLD = `exists (select from inbox i where i.brand_id = :brand and i.order_id = :order and i.applied_at is null
  and i.event_id is distinct from cast(:heard as text) and ${IS_PLANNED_BY})`;

export interface Ended {
  readonly brand: string;
  readonly order: string;
  /** The id of a step, or one key of it (`shipped#parcel`). Absent: every message of the order. */
  readonly step?: string;
  readonly reason: SkipReason;
}

/**
 * Ends the messages of an order that are planned, with the decision. The state is the compare: a submission that was first stays, and one
 * that comes after finds no planned message. Call after the command is stored, in its transaction.
 */
export async function endQueuedMessages(trx: Db, { brand, order, step, reason }: Ended, now: number): Promise<void> {
  const [id = null, ...occurrence] = step?.split('#') ?? [];
  await trx.raw(
    `with ended as (
       update messages set state = 'skipped', reason = :reason, slot_at = null
        where brand_id = :brand and order_id = :order and state = 'planned'
          and (cast(:step as text) is null or step = :step) and (cast(:occurrence as text) is null or occurrence = :occurrence)
       returning *)
     ${insertDecisions({
       from: 'ended m',
       at: 'cast(:now as timestamptz)',
       outcome: "'skip'",
       reason: ':reason',
       rule: ':rule',
     })}`,
    {
      brand,
      order,
      step: id,
      occurrence: occurrence.length > 0 ? occurrence.join('#') : null,
      reason,
      rule: `journey.${reason}`,
      now: timestamp(now),
    },
  );
}
