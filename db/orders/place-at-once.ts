/** Places the first order of a number in one statement. The transaction has eighteen, which took a fifth of the API's time. */
import type { CompiledJourney } from '../../domain/journey/compiled-form.ts';
import type { Store } from '../addresses/store.ts';
import { BASE_CHANNEL } from '../../domain/sending/message.ts';
import { personKey } from '../addresses/contact-lock.ts';
import { OF_NUMBER } from '../addresses/number.ts';
import { timestamp } from '../connection/timestamp.ts';
import type { OrderDetails } from './order-details.ts';

/** SQLSTATE of `place_order` when another transaction stored the number or the order meanwhile. Nothing is changed then. */
const TAKEN = 'DP001';

/**
 * Function `place_order` stores contact, number, order, items and the fact of the placement, if neither the number nor the order is known and
 * the journey is stored. Otherwise it changes nothing and returns no row. It locks the order's row before the number, as the transaction does;
 * the contact is inserted before both, because the order's row names it and no other transaction can know it. Of two orders of one number at
 * the same time the second waits for the lock of the number, finds the number, fails as a whole and is placed in a transaction.
 *
 * The contact has the details that `refreshDetails` would fold from its only order. Plans are kept for a connection and may be made while the
 * tables are small: `enable_seqscan = off` keeps them from reading whole tables later.
 */
export const PLACE_ORDER_FUNCTION = `
  create or replace function place_order(in_brand text, in_order text, in_person text, in_address text, number_country text, in_token bytea,
      in_columns jsonb, in_items jsonb, in_journey bytea, in_hash bytea, in_now timestamptz, claim_ms int)
    returns table (contact uuid, stored bigint, claimed text)
    language plpgsql rows 1 set plan_cache_mode = force_generic_plan set enable_seqscan = off as $function$
  #variable_conflict use_column
  declare
    o record;
  begin
    if exists (select from addresses where brand_id = in_brand and ${OF_NUMBER} and address = in_address and retired_at is null)
        or exists (select from addresses where brand_id = in_brand and address = in_address and retired_at is not null)
        or exists (select from orders where brand_id = in_brand and id = in_order)
        or not exists (select from journeys where hash = in_journey) then
      return;
    end if;
    select * into o from jsonb_to_record(in_columns) as c (name text, placed_at timestamptz, currency text, total_minor bigint, fulfilment text,
      cycle text, history text, details jsonb, customer_id text, first_name text, last_name text, locale text, zone text, country text,
      region text, city text, postcode text, loyalty jsonb);
    insert into contacts (brand_id, external_id, first_name, last_name, locale, zone, country, region, city, postcode, loyalty, created_at)
      values (in_brand, o.customer_id, o.first_name, o.last_name, o.locale, o.zone, o.country, o.region, o.city, o.postcode,
        coalesce(o.loyalty, '{}'), in_now)
      returning id into contact;
    insert into orders (brand_id, id, contact_id, name, placed_at, currency, total_minor, fulfilment, cycle, history, details, journey_hash,
        request_hash, created_at, customer_id, first_name, last_name, locale, zone, country, region, city, postcode, loyalty)
      values (in_brand, in_order, contact, o.name, o.placed_at, o.currency, o.total_minor, o.fulfilment, o.cycle, o.history, o.details,
        in_journey, in_hash, in_now, o.customer_id, o.first_name, o.last_name, o.locale, o.zone, o.country, o.region, o.city, o.postcode,
        o.loyalty)
      on conflict (brand_id, id) do nothing;
    if not found then raise exception using errcode = '${TAKEN}', message = 'the order has come'; end if;
    perform pg_advisory_xact_lock(hashtextextended(in_person, 0));
    if exists (select from addresses where brand_id = in_brand and ${OF_NUMBER} and address = in_address and retired_at is null)
        or exists (select from addresses where brand_id = in_brand and address = in_address and retired_at is not null) then
      raise exception using errcode = '${TAKEN}', message = 'the number has an owner';
    end if;
    insert into addresses (brand_id, contact_id, channel, address, token, country, created_at)
      values (in_brand, contact, '${BASE_CHANNEL}', in_address, in_token, number_country, in_now);
    if in_items is not null then
      insert into items (brand_id, order_id, line, sku, product_id, title, quantity, price_minor, product)
        select in_brand, in_order, i.line, i.sku, i.product_id, i.title, i.quantity, i.price_minor, i.product
          from jsonb_to_recordset(in_items) as i (line int, sku text, product_id text, title text, quantity int, price_minor bigint, product jsonb);
    end if;
    insert into inbox (brand_id, order_id, source, event_id, type, occurred_at, payload, request_hash, received_at, claimed_until)
      values (in_brand, in_order, 'dopo', 'order_placed', 'order_placed', o.placed_at, '{}', in_hash, in_now,
        clock_timestamp() + claim_ms * interval '1 ms')
      returning id, cast(claimed_until as text) into stored, claimed;
    return next;
  end $function$`;

/** The columns of an order's row that come from the order itself. */
export interface OrderColumns {
  readonly name: string;
  readonly placed_at: Date;
  readonly currency: string;
  readonly total_minor: number;
  readonly fulfilment: string;
  readonly cycle: string;
  readonly history: string;
  readonly details: OrderDetails;
}

export interface ItemColumns {
  readonly line: number;
  readonly sku: string | null;
  readonly product_id: string | null;
  readonly title: string;
  readonly quantity: number;
  readonly price_minor: number;
  readonly product: object;
}

export interface NewPlacement {
  readonly brand: string;
  readonly order: string;
  readonly phone: { readonly e164: string; readonly country?: string };
  readonly columns: OrderColumns;
  /** Columns of the customer's details, `loyalty` as an object. */
  readonly customer: object;
  readonly items: readonly ItemColumns[];
  readonly journey: CompiledJourney;
  readonly requestHash: Buffer;
  readonly now: number;
}

export interface PlacedAtOnce {
  readonly contact: string;
  readonly row: number;
  /** Identifies the claim of the drainer that was stored with the placement, as `Claim.until`. */
  readonly until: string | undefined;
}

/** Hashes of journeys that this process has stored, by text. `place_order` checks that the journey is still there. */
const hashes = new Map<string, Buffer>();
const MOST_JOURNEYS = 500;

export function rememberJourney(text: string, hash: Buffer): void {
  if (hashes.size >= MOST_JOURNEYS) hashes.clear();
  hashes.set(text, hash);
}

/**
 * Undefined: nothing is stored, and the order has to be placed in a transaction. `claimMs`: how long the fact is claimed by the drainer of this
 * process. Throws an error that `isTaken` recognises; a transaction around the call is aborted then.
 */
export async function placeAtOnce(
  { db, tokenOf }: Store,
  placement: NewPlacement,
  claimMs: number | undefined,
): Promise<PlacedAtOnce | undefined> {
  const { brand, order, phone, columns, customer, items, journey, requestHash, now } = placement;
  const hash = hashes.get(JSON.stringify(journey));
  const [token, ...older] = tokenOf.all(brand, phone.e164);
  // An earlier STOP may be stored under a token of a former secret only, and `place_order` does not look for that.
  if (!hash || older.length > 0) return undefined;
  const { rows } = await db.raw<{ rows: { contact: string; stored: number; claimed: string | null }[] }>(
    `select contact, stored, claimed from place_order(:brand, :order, :person, :address, :numberCountry, :token, :columns, :items, :journey,
       :requestHash, :now, :claimMs)`,
    {
      brand,
      order,
      person: personKey(brand, phone.e164),
      address: phone.e164,
      numberCountry: phone.country ?? null,
      token,
      columns: JSON.stringify({ ...columns, ...customer }),
      items: items.length > 0 ? JSON.stringify(items) : null,
      journey: hash,
      requestHash,
      now: timestamp(now),
      claimMs: claimMs ?? null,
    },
  );
  const [row] = rows;
  return row && { contact: row.contact, row: row.stored, until: row.claimed ?? undefined };
}

/** Another transaction stored the number or the order meanwhile. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === TAKEN;
}
