/** Stores the event of an order that has come in one statement, as nearly all events are: a transaction of six took a third of the API's time. */
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import { rowOf } from '../../domain/orders/events.ts';
import { ENDINGS } from './event-types.ts';
import type { NewFact } from './inbox.ts';

/**
 * Function `store_event`: the row of the inbox, what it overtakes, its parcel and the counts of its order, if nothing about it is out of
 * the ordinary. It returns nothing otherwise, and has changed nothing then: the order has not come, is over or erased, is at a limit, or
 * has the event already. Locks are taken in the order of `storeEvent`: order, event, contact, messages, parcel. Each statement of a function
 * sees what was committed before it, so the counts are those that were read after the lock.
 *
 * Plans are made once for a connection, and maybe while the tables are small. A table is not to be read as a whole for that.
 */
export const STORE_EVENT_FUNCTION = `
  create or replace function store_event(in_brand text, in_order text, in_source text, in_id text, in_type text, in_at timestamptz,
      in_payload jsonb, in_hash bytea, in_now timestamptz, in_parcel jsonb, most_events int, most_parcels int, claim_ms int)
    returns table (stored bigint, claimed text, told boolean)
    language plpgsql rows 1 set plan_cache_mode = force_generic_plan set enable_seqscan = off as $function$
  #variable_conflict use_column
  declare
    o record;
    new_parcel boolean := false;
  begin
    select contact_id, parcel_count into o from orders
     where brand_id = in_brand and id = in_order and contact_id is not null and erased_at is null and facts_removed_at is null
       and event_count < most_events and (in_parcel is null or parcel_count < most_parcels)
       for no key update;
    if not found then return; end if;
    insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at, claimed_until)
      values (in_brand, in_order, in_source, in_id, in_type, in_at, in_payload, in_hash, in_now,
        clock_timestamp() + claim_ms * interval '1 ms')
      on conflict (brand_id, order_id, source, event_id) do nothing
      returning id, cast(claimed_until as text) into stored, claimed;
    if not found then return; end if;
    if in_type in ${ENDINGS} or exists (
      select from messages where brand_id = in_brand and order_id = in_order and state in ('planned', 'unknown')) then
      update contacts set gate_version = gate_version + 1 where id = o.contact_id;
      update messages set overtaken = true
       where brand_id = in_brand and order_id = in_order and contact_id = o.contact_id and state = 'planned';
    end if;
    if in_parcel is not null then
      insert into parcels as p (brand_id, order_id, id, number, carrier, tracking_number, tracking_url, pickup_place)
        select in_brand, in_order, in_parcel->>'id', coalesce(max(number), 0) + 1, in_parcel->>'carrier', in_parcel->>'trackingNumber',
            in_parcel->>'trackingUrl', in_parcel->>'pickupPlace'
          from parcels where brand_id = in_brand and order_id = in_order
        on conflict (brand_id, order_id, id) do update set
          carrier = coalesce(p.carrier, excluded.carrier),
          tracking_number = coalesce(p.tracking_number, excluded.tracking_number),
          tracking_url = coalesce(p.tracking_url, excluded.tracking_url),
          pickup_place = coalesce(p.pickup_place, excluded.pickup_place)
        returning xmax = 0 into new_parcel;
    end if;
    update orders set event_count = event_count + 1, parcel_count = parcel_count + cast(new_parcel as int),
        cancelled_at = case when in_type = 'order_cancelled' then least(cancelled_at, in_at) else cancelled_at end
     where brand_id = in_brand and id = in_order;
    told := exists (select from inbox where brand_id = in_brand and order_id = in_order and source = 'dopo' and event_id = 'order_placed'
      and applied_at is not null);
    return next;
  end $function$`;

export interface StoredAtOnce {
  readonly row: number;
  /** Identifies the claim of the drainer that was stored with the event, as `Claim.until`. */
  readonly until: string | undefined;
  /** The workflow knows of the order itself. */
  readonly placed: boolean;
}

interface Most {
  readonly events: number;
  readonly parcels: number;
}

/** The event changes the contact or the part of the order that was given back, in further statements of the same transaction. */
function takesMore(type: string): boolean {
  const { changesContact, givesBack, repeatedAs, says = {} } = rowOf(type) ?? {};
  const namesItems = Object.values(says).some(({ kind }) => kind === 'items');
  return changesContact === true || givesBack === true || repeatedAs !== undefined || namesItems;
}

/** Undefined: nothing is stored, and the event takes the long way. `claimMs`: the drainer of this process tells it at once. */
export async function storeAtOnce(
  db: Db,
  event: NewFact & { readonly parcel?: object },
  most: Most,
  claimMs: number | undefined,
): Promise<StoredAtOnce | undefined> {
  if (takesMore(event.type)) return undefined;
  const { rows } = await db.raw<{ rows: { stored: number; claimed: string | null; told: boolean }[] }>(
    `select stored, claimed, told from store_event(:brand, :order, :source, :id, :type, :at, :payload, :requestHash, :now, :parcel,
       :mostEvents, :mostParcels, :claimMs)`,
    {
      brand: event.brand,
      order: event.order,
      source: event.source,
      id: event.id,
      type: event.type,
      at: timestamp(event.at),
      payload: JSON.stringify(event.payload),
      requestHash: event.requestHash,
      now: timestamp(event.now),
      parcel: event.parcel ? JSON.stringify(event.parcel) : null,
      mostEvents: most.events,
      mostParcels: most.parcels,
      claimMs: claimMs ?? null,
    },
  );
  const [row] = rows;
  return row && { row: row.stored, until: row.claimed ?? undefined, placed: row.told };
}
