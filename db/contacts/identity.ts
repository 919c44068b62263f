/** The contact that an order belongs to. A number at a brand is a contact; the customer id of a shop identifies no person. */
import type { Holder, Likeness, SaidOfBuyer } from '../../domain/contacts/identity.ts';
import { NEVER, QUIET_FOR, besideOf, likeness, ownerOf } from '../../domain/contacts/identity.ts';
import type { StoreInTransaction } from '../addresses/store.ts';
import { BASE_CHANNEL } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';
import { moveStopsToNewestToken, tokenMoveOf } from '../consent/suppressions.ts';
import { LOCK, personKey } from '../addresses/contact-lock.ts';
import { isNumber } from '../addresses/number.ts';
import { timestamp } from '../connection/timestamp.ts';
import { inheritRefusals } from './inherited-refusals.ts';

export interface Buyer extends SaidOfBuyer {
  /** E.164, already checked. */
  readonly phone?: { readonly e164: string; readonly country?: string };
}

/**
 * The contact of an order placed at `placedAt`, made if need be. Shops verify no number, so an order with a number belongs to the
 * contact of that number and to no other, whatever the shop calls its customer; no contact ever gets a second number. Without a number it
 * belongs to a contact that has none, by the shop's customer id. Call inside a transaction: it is serialised by number, or customer id.
 */
export async function contactFor(
  { db: trx, tokenOf }: StoreInTransaction,
  brand: string,
  buyer: Buyer,
  placedAt: number,
  now: number,
): Promise<string> {
  const { phone, id } = buyer;
  const identity = phone?.e164 ?? id;
  if (identity !== undefined)
    await trx.raw(`select ${LOCK} from (values (cast(? as text))) as people (person)`, [personKey(brand, identity)]);
  if (!phone)
    return (id === undefined ? undefined : await withoutNumber(trx, brand, id)) ?? insertContact(trx, brand, now);
  const add = async (contact: string, retiredAt?: number): Promise<void> => {
    // An earlier STOP may be stored under a token of a former secret only.
    await moveStopsToNewestToken(trx, [tokenMoveOf({ tokenOf }, brand, phone.e164)]);
    await trx('addresses').insert({
      brand_id: brand,
      contact_id: contact,
      channel: BASE_CHANNEL,
      address: phone.e164,
      token: tokenOf(brand, phone.e164),
      country: phone.country ?? null,
      created_at: new Date(now),
      retired_at: retiredAt === undefined ? null : new Date(retiredAt),
    });
  };
  const near = await onlyHolderNear(trx, brand, phone.e164, placedAt);
  if (near !== undefined) return near;
  const holders = await holdersAround(trx, brand, phone.e164, placedAt);
  const { before, after } = besideOf(holders, placedAt);
  const like = {
    ...(before && { before: await likenessOf(trx, before.contact, buyer) }),
    ...(after && { after: await likenessOf(trx, after.contact, buyer) }),
  };
  const owner = ownerOf(holders, { ...(before && { before }), ...(after && { after }) }, like, placedAt);
  const isOfBefore = owner.kind === 'known' && owner.contact === before?.contact;
  if (before?.before !== undefined && before.after === undefined) {
    if (!isOfBefore) await retire(trx, before.contact, before.before + QUIET_FOR);
    else if (after?.after !== undefined)
      await keepUntil(trx, before.contact, Math.min(placedAt + QUIET_FOR, after.after));
  }
  if (owner.kind === 'known') return owner.contact;
  const contact = await insertContact(trx, brand, now);
  await add(contact, owner.retiredAt);
  if (owner.retiredAt === undefined && before?.before !== undefined)
    await inheritRefusals(trx, { from: before.contact, to: contact, since: before.before + QUIET_FOR });
  return contact;
}

/**
 * A contact's signs of life are orders, and what was said over the number itself or on its page; not what a shop, an import or another
 * number's order has recorded. A sign after 90 quiet days and before any order may be the new owner's already: it proves nothing of the
 * old one. `valid` tells them apart. A contact that a correction has made before its order came has the correction as its one sign.
 * `contacts`: a query with a column `contact`.
 */
function signsOf(contacts: string): string {
  return `said as (
         select contact, placed_at as at, true as by_order from (${contacts}) c join orders on contact_id = contact where placed_at is not null
         union all select contact, i.occurred_at, false from (${contacts}) c join conversations v on v.contact_id = contact
           join inbound_messages i on i.conversation_id = v.id
         union all select contact, occurred_at, false from (${contacts}) c join consents on contact_id = contact and actor = 'customer'
         union all select contact, updated_at, false from (${contacts}) c join preferences on contact_id = contact),
       told as (
         select * from said
         union all select contact, to_timestamp(cast(corrected->'phone'->>'at' as double precision) / 1000), true
           from (${contacts}) c join orders on corrected->'phone'->>'contact' = cast(contact as text) and placed_at is null
          where contact not in (select contact from said)),
       parts as (
         select contact, at, by_order,
             count(*) filter (where at - before > cast(:quiet as interval)) over (partition by contact order by at) as part
           from (select *, lag(at) over (partition by contact order by at) as before from told) s),
       signs as (
         select contact, at, part <= coalesce(max(part) filter (where by_order) over (partition by contact), 0) as valid from parts)`;
}

const QUIET = `${QUIET_FOR} milliseconds`;

/** Contacts that have, or had, a number. The query has two halves because each has its own index. */
const HOLDERS = ['null', 'not null']
  .map(
    (which) => `select contact_id as contact, ${which === 'null'} as current from addresses
      where brand_id = :brand and ${isNumber('addresses')} and address = :address and retired_at is ${which}`,
  )
  .join(' union ');

/**
 * The contact that alone has had a number, if it has an order within 90 days of a moment. Then no further query is
 * needed. A till may use one number for every order, and reading the signs of life of 30,000 orders takes 0.4 s.
 */
async function onlyHolderNear(trx: Db, brand: string, address: string, at: number): Promise<string | undefined> {
  const { rows } = await trx.raw<{ rows: { contact: string }[] }>(
    `with holders as (select distinct contact from (${HOLDERS}) held)
     select contact from holders cross join lateral (select from orders where contact_id = contact
         and placed_at between cast(:at as timestamptz) - cast(:quiet as interval) and cast(:at as timestamptz) + cast(:quiet as interval)
        order by placed_at limit 1) one
      where (select count(*) from holders) = 1`,
    { brand, address, at: timestamp(at), quiet: QUIET },
  );
  return rows[0]?.contact;
}

/** All contacts that have, or had, a number, with their signs of life beside a moment. */
async function holdersAround(trx: Db, brand: string, address: string, at: number): Promise<readonly Holder[]> {
  const { rows } = await trx.raw<{ rows: HolderRow[] }>(
    `with holders as (${HOLDERS}), ${signsOf('select distinct contact from holders')}
     select h.contact, bool_or(h.current) as current, max(at) filter (where at <= :at) as before, min(at) filter (where at >= :at) as after
       from holders h left join signs s on s.contact = h.contact and s.valid
      group by h.contact order by h.contact`,
    { brand, address, at: timestamp(at), quiet: QUIET },
  );
  return rows.map(({ contact, current, before, after }) => ({
    contact,
    current,
    ...(before && { before: before.getTime() }),
    ...(after && { after: after.getTime() }),
  }));
}

interface HolderRow {
  readonly contact: string;
  readonly current: boolean;
  readonly before: Date | null;
  readonly after: Date | null;
}

/** True if the number may have a new owner, so that a code texted to it does not prove who asks. */
export async function isQuiet(db: Db, contact: string, now: number): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { last: Date | null }[] }>(
    `with ${signsOf('select cast(:contact as uuid) as contact')} select max(at) as last from signs where valid`,
    { contact, quiet: QUIET },
  );
  const last = rows[0]?.last;
  return !last || now - last.getTime() > QUIET_FOR;
}

async function likenessOf(trx: Db, contact: string, buyer: SaidOfBuyer): Promise<Likeness> {
  const known: SaidOfBuyer[] = await trx('orders')
    .where({ contact_id: contact })
    .distinct({ id: 'customer_id', firstName: 'first_name', lastName: 'last_name' });
  return likeness(known.map(withoutNulls), buyer);
}

function withoutNulls(said: SaidOfBuyer): SaidOfBuyer {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

/**
 * Records that the number belongs to another person from `at` on. A trigger moves the gate's version, so a message
 * that is about to be sent is decided again.
 */
async function retire(trx: Db, contact: string, at: number): Promise<void> {
  await trx('addresses')
    .where({ contact_id: contact })
    .whereRaw('(retired_at is null or retired_at > ?)', [timestamp(at)])
    .update({ retired_at: new Date(at) });
}

/** Records that a former holder had the number for longer. The present holder is not affected. */
async function keepUntil(trx: Db, contact: string, at: number): Promise<void> {
  await trx('addresses')
    .where({ contact_id: contact })
    .where('retired_at', '>', timestamp(NEVER))
    .where('retired_at', '<', timestamp(at))
    .update({ retired_at: new Date(at) });
}

/**
 * A contact that has, or had, a number never matches: its messages are not for another buyer with the same customer
 * id.
 */
async function withoutNumber(trx: Db, brand: string, id: string): Promise<string | undefined> {
  const row: { id: string } | undefined = await trx('contacts')
    .where({ brand_id: brand, external_id: id })
    .whereNotExists(trx('addresses').whereRaw('addresses.contact_id = contacts.id').select('id'))
    .orderBy('created_at')
    .first('id');
  return row?.id;
}

async function insertContact(trx: Db, brand: string, now: number): Promise<string> {
  const [row] = await trx('contacts')
    .insert({ brand_id: brand, created_at: new Date(now) })
    .returning<{ id: string }[]>('id');
  if (!row) throw new Error('insert into contacts returned no row');
  return row.id;
}
