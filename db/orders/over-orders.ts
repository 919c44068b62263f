/** Removes the facts of orders that ended long enough ago. */
import { DAY } from '../../domain/time/duration.ts';
import { isFinished } from '../../domain/journey/plan.ts';
import { planOf } from '../../domain/journey/run.ts';
import type { Db } from '../connection/connect.ts';
import { withoutTimeLimits } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import type { FoldedOrder } from './folded-order.ts';
import { foldOrder } from './folded-order.ts';

/**
 * Orders of one batch. Checking whether an order is over takes some ms, because its record is read and planned as its
 * run would.
 */
const BATCH = 200;
/** Orders that are read at one time. A process with ten connections keeps the others for its work. */
const AT_ONCE = 4;
/** The time until an order that still runs is checked again, ms. */
const LOOK_AGAIN = 30 * DAY;

interface Found {
  readonly brand_id: string;
  readonly id: string;
  readonly looked: Date;
}

export interface FactsRemoved {
  readonly removed: number;
  readonly more: boolean;
}

/** `keep`: the time for which the facts of an ended order are kept after its last report, ms. */
export async function removeFactsOfOver(db: Db, keep: number, now: number): Promise<FactsRemoved> {
  const found = await findDue(db, keep, now);
  let removed = 0;
  for (let first = 0; first < found.length; first += AT_ONCE) {
    const some = found.slice(first, first + AT_ONCE);
    const counts = await Promise.all(some.map((order) => removeIfOver(db, order, keep, now)));
    for (const count of counts) removed += count;
  }
  return { removed, more: found.length === BATCH };
}

async function removeIfOver(db: Db, order: Found, keep: number, now: number): Promise<number> {
  const heardAt = await overSince(db, order, now);
  if (heardAt !== undefined && heardAt + keep > now) {
    await lookAgain(db, order, heardAt);
    return 0;
  }
  const removed = heardAt === undefined ? undefined : await removeFacts(db, order, heardAt, now);
  if (removed === undefined) await lookAgain(db, order, now - keep + LOOK_AGAIN);
  return removed ?? 0;
}

/** Counts the facts that would be removed, without removing them. */
export async function countFactsOfOver(db: Db, keep: number, now: number): Promise<number> {
  let count = await countLateFacts(db, keep, now);
  let after: Found | undefined;
  for (;;) {
    const found = await findDue(db, keep, now, after);
    for (const order of found) {
      const heardAt = await overSince(db, order, now);
      if (heardAt === undefined || heardAt + keep > now) continue;
      const row: { count: number } | undefined = await db('inbox')
        .where({ brand_id: order.brand_id, order_id: order.id })
        .whereNot('type', 'tier_reached')
        .whereRaw(`not (${GOES_ON})`, { brand: order.brand_id, order: order.id })
        .count<{ count: number }[]>('* as count')
        .first();
      count += row?.count ?? 0;
    }
    after = found.at(-1);
    if (found.length < BATCH) return count;
  }
}

async function findDue(db: Db, keep: number, now: number, after?: Found): Promise<readonly Found[]> {
  const { rows } = await db.raw<{ rows: Found[] }>(
    `select brand_id, id, coalesce(facts_looked_at, created_at) as looked from orders
      where facts_removed_at is null and coalesce(facts_looked_at, created_at) <= cast(:until as timestamptz)
        ${after ? 'and (coalesce(facts_looked_at, created_at), brand_id, id) > (cast(:looked as timestamptz), :brand, :id)' : ''}
      order by coalesce(facts_looked_at, created_at), brand_id, id limit ${BATCH}`,
    { until: timestamp(now - keep), ...(after && { looked: after.looked, brand: after.brand_id, id: after.id }) },
  );
  return rows;
}

/** The moment of the last report about an order that is over, epoch ms. Undefined: the order still runs. */
async function overSince(db: Db, { brand_id: brand, id }: Found, now: number): Promise<number | undefined> {
  const folded = await readable(foldOrder(db, brand, id, now, Infinity));
  if (!folded || !isOver(folded, now)) return undefined;
  return Math.max(folded.history.heardAt, folded.history.order.created_at.getTime());
}

/** A journey of a later version cannot be read. Its order is kept, and the others are still checked. */
async function readable<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch {
    return undefined;
  }
}

/** An order of which only events are known has no run, and the order of an erased person no longer has one. */
function isOver({ history, journey, run }: FoldedOrder, now: number): boolean {
  if (history.order.erased_at !== null || journey === null) return true;
  return isFinished(planOf(run, now), run.state, now);
}

/** Reasons to keep an order: a fact that its workflow was not told yet, a message under way, or an open case. */
const GOES_ON = `exists (select from inbox where brand_id = :brand and order_id = :order and applied_at is null)
  or exists (select from messages where brand_id = :brand and order_id = :order and state in ('planned', 'submitted', 'unknown'))
  or exists (select from cases where brand_id = :brand and order_id = :order and closed_at is null)`;

/**
 * Undefined: the order goes on after all. The order's row is locked first, as an event does that comes at the same moment. The tier that a
 * person has reached is about the person (db/contacts/details.ts).
 */
async function removeFacts(
  db: Db,
  { brand_id: brand, id: order }: Found,
  heardAt: number,
  now: number,
): Promise<number | undefined> {
  return withoutTimeLimits(db, async (trx) => {
    await trx.raw('select from orders where brand_id = :brand and id = :order for no key update', { brand, order });
    const { rows } = await trx.raw<{ rows: { ended: number; removed: number }[] }>(
      `with ended as (
         update orders set facts_removed_at = :now where brand_id = :brand and id = :order and facts_removed_at is null and not (${GOES_ON}
           or exists (select from inbox where brand_id = :brand and order_id = :order and type <> 'message_status'
             and received_at > cast(:heardAt as timestamptz) + interval '1 ms')) returning brand_id, id),
       removed as (
         delete from inbox i using ended e where i.brand_id = e.brand_id and i.order_id = e.id and i.type <> 'tier_reached' returning i.id)
       select (select count(*) from ended) as ended, (select count(*) from removed) as removed`,
      { brand, order, heardAt: timestamp(heardAt), now: timestamp(now) },
    );
    return rows[0]?.ended === 1 ? rows[0].removed : undefined;
  });
}

/**
 * Records a report about an order whose facts were removed, such as an answer of its customer. It starts no run, and
 * is removed like the other facts.
 */
export async function noteLateFacts(
  db: Db,
  { brand, order }: { brand: string; order: string },
  now: number,
): Promise<void> {
  await db('orders')
    .where({ brand_id: brand, id: order })
    .whereNotNull('facts_removed_at')
    .update({
      facts_looked_at: db.raw("greatest(cast(? as timestamptz), facts_removed_at + interval '1 ms')", [timestamp(now)]),
    });
}

const LATE = `facts_removed_at is not null and facts_looked_at > facts_removed_at and facts_looked_at <= cast(:until as timestamptz)`;

/** Removes reports about orders whose facts were removed before, `keep` ms after each report. */
export async function removeLateFacts(db: Db, keep: number, now: number): Promise<FactsRemoved> {
  return withoutTimeLimits(db, async (trx) => {
    const { rows } = await trx.raw<{ rows: { orders: number; removed: number }[] }>(
      `with late as (
         select brand_id, id from orders where ${LATE} order by facts_looked_at limit ${BATCH} for no key update skip locked),
       removed as (
         delete from inbox i using late l where i.brand_id = l.brand_id and i.order_id = l.id and i.applied_at is not null
            and i.type <> 'tier_reached' returning i.id),
       -- One that no run could be told of is looked at again: an operator may still tell it.
       seen as (
         update orders o set facts_looked_at = case when exists (select from inbox i where i.brand_id = o.brand_id and i.order_id = o.id
             and i.applied_at is null) then cast(:again as timestamptz) end
           from late l where o.brand_id = l.brand_id and o.id = l.id returning o.id)
       select (select count(*) from seen) as orders, (select count(*) from removed) as removed`,
      { until: timestamp(now - keep), again: timestamp(now - keep + LOOK_AGAIN) },
    );
    return { removed: rows[0]?.removed ?? 0, more: rows[0]?.orders === BATCH };
  });
}

async function countLateFacts(db: Db, keep: number, now: number): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select count(*) as count from orders o join inbox i on i.brand_id = o.brand_id and i.order_id = o.id
      where ${LATE} and i.applied_at is not null and i.type <> 'tier_reached'`,
    { until: timestamp(now - keep) },
  );
  return rows[0]?.count ?? 0;
}

async function lookAgain(db: Db, { brand_id: brand, id }: Found, looked: number): Promise<void> {
  await db('orders')
    .where({ brand_id: brand, id })
    .whereNull('facts_removed_at')
    .update({ facts_looked_at: timestamp(looked) });
}
