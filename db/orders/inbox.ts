import type { Knex } from 'knex';
import type { CompiledJourney } from '../../domain/journey/compiled-form.ts';
import { REPEATED_TYPES } from '../../domain/orders/event-row.ts';
import type { Fact } from '../../domain/orders/events.ts';
import { factOf } from '../../domain/orders/fold.ts';
import type { Placement } from '../../domain/orders/placement.ts';
import type { Db } from '../connection/connect.ts';
import type { OutboxClaim, ClaimedRow, RowId } from '../outbox/outbox.ts';
import { STILL_CLAIMED, claim } from '../outbox/outbox.ts';
import { timestamp } from '../connection/timestamp.ts';
import type { EarlyEvent } from './early-ids.ts';
import { READ_FIRST } from './event-types.ts';
import type { OrderDetails } from './order-details.ts';
import { OVERTAKING_EVENTS } from './queued-messages.ts';

export interface NewFact {
  readonly brand: string;
  readonly order: string;
  /** api: an order system. customer: an answer. dopo: a fact that Dopo itself has made. */
  readonly source: 'api' | 'customer' | 'dopo';
  readonly id: string;
  readonly type: string;
  /** Epoch ms. */
  readonly at: number;
  readonly payload: object;
  readonly requestHash: Buffer;
  readonly now: number;
  /** True: the workflow already knows the fact, or is told of it only after the order has come. */
  readonly applied?: boolean;
}

/**
 * Stores a fact once. The same id with the same body is a duplicate, with another body a conflict. Messages of the
 * order that are about to be submitted are marked, so that the order is asked about them again.
 */
export async function storeFact(db: Db, fact: NewFact): Promise<'stored' | 'duplicate' | 'conflict'> {
  const { rows } = await db.raw<{ rows: { id: number }[] }>(
    `with stored as (
       insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at, applied_at)
         values (:brand, :order, :source, :id, :type, :at, :payload, :requestHash, :now, :appliedAt)
       on conflict (brand_id, order_id, source, event_id) do nothing returning id, brand_id, order_id, type),
     ${OVERTAKING_EVENTS}
     select id from stored`,
    {
      brand: fact.brand,
      order: fact.order,
      source: fact.source,
      id: fact.id,
      type: fact.type,
      at: timestamp(fact.at),
      payload: JSON.stringify(fact.payload),
      requestHash: fact.requestHash,
      now: timestamp(fact.now),
      appliedAt: fact.applied ? timestamp(fact.now) : null,
    },
  );
  return rows.length > 0 ? 'stored' : ((await knownFact(db, fact)) ?? 'conflict');
}

/** Whether the fact is stored already, or a different fact under its id. Undefined: neither. */
export async function knownFact(db: Db, fact: NewFact): Promise<'duplicate' | 'conflict' | undefined> {
  const known: { request_hash: Buffer } | undefined = await db('inbox')
    .where({ brand_id: fact.brand, order_id: fact.order, source: fact.source, event_id: fact.id })
    .first('request_hash');
  if (!known) return undefined;
  return known.request_hash.equals(fact.requestHash) ? 'duplicate' : 'conflict';
}

export interface PendingFact {
  readonly brand: string;
  readonly order: string;
  readonly fact: Fact;
  /** The workflow knows the order itself, so a run that has ended did not only wait for it. */
  readonly placed: boolean;
  /** The order has no workflow any more: its person is being erased, or its facts were removed long after its end. */
  readonly over: boolean;
}

interface FactRow {
  id: number;
  brand_id: string;
  order_id: string;
  event_id: string;
  type: string;
  occurred_at: Date;
  payload: Readonly<Record<string, unknown>>;
  contact_id: string | null;
  journey: CompiledJourney | null;
  details: OrderDetails;
  total_minor: number | null;
}

/** Claims facts that their workflows do not have yet. */
export function claimFacts(db: Db, limit: number): Promise<OutboxClaim<PendingFact>> {
  const claiming = {
    columns: `i.order_id, i.event_id, i.type, i.occurred_at, i.payload, o.contact_id,
         ${JOURNEY_OF_PLACEMENT}, o.details, o.total_minor,
         num_nonnulls(o.erased_at, o.facts_removed_at) > 0 as over,
         exists (select from inbox p where ${PLACEMENT_OF_I} and p.applied_at is not null) as placed`,
    joins: 'join orders o on o.brand_id = i.brand_id and o.id = i.order_id',
    order: 'min(i.next_try_at) over (partition by i.brand_id, i.order_id), i.id',
    toItem: (row: FactRow & ClaimedRow & { id: number; placed: boolean; over: boolean }) => ({
      brand: row.brand_id,
      order: row.order_id,
      fact: toFact(row),
      placed: row.placed,
      over: row.over,
    }),
  };
  return claim(db, 'fact', claiming, limit);
}

/** A fact that was stored with a claim of this process's drainer, which tells it without reading it again. */
export interface FreshFact {
  readonly row: number;
  /** As in `Claim`. */
  readonly until: string;
  readonly item: PendingFact;
}

/** The columns of an order that the fact of its placement is read with. */
interface PlacedOrderColumns {
  readonly contact: string;
  readonly journey: CompiledJourney;
  readonly details: OrderDetails;
  readonly totalMinor: number;
}

/**
 * The fact as a claim would read it. `placed`: as in `PendingFact`. `read`: for the fact of a placement, the columns of its order. Throws for
 * a placement without them.
 */
export function freshFact(
  { brand, order, id, type, at, payload }: Pick<NewFact, 'brand' | 'order' | 'id' | 'type' | 'at' | 'payload'>,
  { row, until, placed }: Omit<FreshFact, 'item'> & { readonly placed: boolean },
  read?: PlacedOrderColumns,
): FreshFact {
  // The same JSON as the database would return.
  const json = JSON.parse(
    JSON.stringify({ payload, journey: read?.journey ?? null, details: read?.details ?? {} }),
  ) as Pick<FactRow, 'payload' | 'journey' | 'details'>;
  const head = { id: row, brand_id: brand, order_id: order, event_id: id, type, occurred_at: new Date(at) };
  const fact = toFact({ ...head, ...json, contact_id: read?.contact ?? null, total_minor: read?.totalMinor ?? null });
  return { row, until, item: { brand, order, fact, placed, over: false } };
}

/** Only the fact of its placement brings the journey of order `o` along. */
const JOURNEY_OF_PLACEMENT = `case when i.type = 'order_placed' then (
  select j.body from journeys j where j.hash = o.journey_hash) end as journey`;

/** `p` is the placement of the order that fact `i` is about. */
const PLACEMENT_OF_I = `p.brand_id = i.brand_id and p.order_id = i.order_id and p.source = 'dopo' and p.event_id = 'order_placed'`;

function readFact(row: FactRow): Fact | undefined {
  try {
    return toFact(row);
  } catch (error) {
    if (error instanceof UnreadableFact) return undefined;
    throw error;
  }
}

/** A fact of a type, or with fields, that this version does not know. */
class UnreadableFact extends Error {
  override readonly name = 'UnreadableFact';
}

/**
 * Settles facts of a claim whose run had ended before it knew of the order. If the order has been placed meanwhile they stay pending,
 * because the run that starts with the order needs them.
 */
export async function settleFactsOfEndedRuns(
  db: Db,
  { until }: OutboxClaim<unknown>,
  rows: readonly RowId[],
  now: number,
): Promise<void> {
  if (until.length === 0 || rows.length === 0) return;
  await db.raw(
    `update inbox i set applied_at = :now, claimed_until = null where i.id = any(cast(:rows as bigint[])) and ${STILL_CLAIMED}
       and not exists (select from inbox p where ${PLACEMENT_OF_I} and p.id <> i.id)`,
    { now: timestamp(now), rows: [...rows], until: [...until] },
  );
}

/**
 * Makes the facts that came before their order pending, and returns them. Of orders from before they waited, a run may have been told:
 * telling it twice changes nothing, and a run that has ended is followed by one that does not have them. A drainer that is telling one of
 * them at this moment loses its claim and does not settle it.
 */
export async function releaseEarlyFacts(
  trx: Knex.Transaction,
  brand: string,
  order: string,
): Promise<readonly EarlyEvent[]> {
  return trx('inbox')
    .where({ brand_id: brand, order_id: order })
    .whereNot('type', 'like', 'command.%')
    .whereNotIn('type', REPEATED_TYPES)
    .update({ applied_at: null, claimed_until: null })
    .returning<EarlyEvent[]>(['event_id', trx.raw("payload->>'parcel' as parcel")]);
}

/**
 * The facts of an order in the order they were received, told to its workflow or not yet. Facts that this version cannot read are left
 * out. Beyond `most` facts: the order itself, what ended it and its corrections, then the newest.
 */
export async function factsOf(db: Db, brand: string, order: string, most = Infinity): Promise<Fact[]> {
  const { rows } = await db.raw<{ rows: FactRow[] }>(
    `select i.id, i.brand_id, i.order_id, i.event_id, i.type, i.occurred_at, i.payload, o.contact_id, o.details, o.total_minor,
        ${JOURNEY_OF_PLACEMENT}
       from (select * from inbox where brand_id = :brand and order_id = :order and type not like 'command.%'
          order by type in ${READ_FIRST} desc, id desc limit :most) i
       join orders o on o.brand_id = i.brand_id and o.id = i.order_id
      order by i.id`,
    { brand, order, most: Number.isFinite(most) ? most : null },
  );
  return rows.flatMap((row) => readFact(row) ?? []);
}

/** Rows were checked when they were stored. Throws UnreadableFact for a type or a field that this version does not know. */
function toFact(row: FactRow): Fact {
  const head = { id: row.event_id, at: row.occurred_at.getTime() };
  const fact = factOf(row.type, head, row.type === 'order_placed' ? { placement: placementOf(row) } : row.payload);
  if (!fact) throw new UnreadableFact(`a stored fact of type ${row.type} is of no kind that this version knows`);
  return fact;
}

/** Undefined: the order itself is not there. */
function placementOf({
  contact_id: contact,
  journey,
  details,
  total_minor: totalMinor,
}: FactRow): Placement | undefined {
  if (contact === null || journey === null) return undefined;
  return {
    contact,
    journey,
    ...(details.parcelCount !== undefined && { parcelCount: details.parcelCount }),
    ...(details.promisedAt !== undefined && { promisedAt: details.promisedAt }),
    ...(details.runsOutAfterDays !== undefined && { runsOutAfterDays: details.runsOutAfterDays }),
    ...(details.rules !== undefined && { rules: details.rules, totalMinor: totalMinor ?? 0 }),
    ...(details.pieces !== undefined && { pieces: details.pieces, mainPieces: details.mainPieces ?? 0 }),
  };
}

/** Counts stored facts that no workflow has yet, `most` of them at most. Dead letters are not counted. */
export async function countPending(db: Db, most = Infinity): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: number }[] }>(
    `select count(*) as count from (select from inbox where applied_at is null and dead_at is null
        order by brand_id, next_try_at, id limit :most) waiting`,
    { most: Number.isFinite(most) ? most : null },
  );
  return rows[0]?.count ?? 0;
}

/** True while facts of this order wait to be told to its workflow. Dead letters do not count: they wait for a person. */
export async function hasPending(db: Db, brand: string, order: string): Promise<boolean> {
  const row: unknown = await db('inbox')
    .where({ brand_id: brand, order_id: order })
    .whereNull('applied_at')
    .whereNull('dead_at')
    .first('id');
  return row !== undefined;
}
