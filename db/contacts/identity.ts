/** Which contact an order belongs to. A number at a brand is a contact; the customer id of a shop identifies no person. */
import type { Knex } from 'knex';
import type { Change, SaidOfBuyer, SignsOfLife } from '../../domain/identity.ts';
import { QUIET_FOR, isSomebodyElse, quietBeyond } from '../../domain/identity.ts';
import type { TokenOf } from '../address-token.ts';
import type { Db } from '../connect.ts';
import { adoptStops, moveOf } from '../consents/suppressions.ts';
import { LOCK, personKey } from '../contact-lock.ts';
import { timestamp } from '../timestamp.ts';

export interface Buyer extends SaidOfBuyer {
  /** E.164, already checked. */
  readonly phone?: { readonly e164: string; readonly country?: string };
}

/**
 * The contact of an order placed at `placedAt`, made if need be. Shops verify no number, so an order with a number belongs to the
 * contact of that number and to no other, whatever the shop calls its customer; nobody ever gets a second number. Without a number it
 * belongs to a contact that has none, by the shop's customer id. Call inside a transaction: it is serialised by number, or customer id.
 */
export async function contactFor(
  trx: Knex.Transaction,
  tokenOf: TokenOf,
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
    // A STOP from before may be known by a token of a former secret alone.
    await adoptStops(trx, [moveOf(tokenOf, brand, phone.e164)]);
    await trx('addresses').insert({
      brand_id: brand,
      contact_id: contact,
      channel: 'sms',
      address: phone.e164,
      token: tokenOf(brand, phone.e164),
      country: phone.country ?? null,
      created_at: new Date(now),
      retired_at: retiredAt === undefined ? null : new Date(retiredAt),
    });
  };
  const holder = await holderAt(trx, brand, phone.e164, placedAt);
  const change = holder?.current ? await otherPerson(trx, holder.contact, buyer, placedAt) : undefined;
  if (holder && !change) return holder.contact;
  const contact = await insertContact(trx, brand, now);
  if (holder && change?.side === 'after') await retire(trx, holder.contact, change.at);
  await add(contact, change?.side === 'before' ? change.at : undefined);
  return contact;
}

interface Holder {
  readonly contact: string;
  /** The number has had no further owner since. */
  readonly current: boolean;
}

/** Who had a number at a moment: an order of years ago that arrives now is not its present owner's. */
async function holderAt(trx: Db, brand: string, address: string, at: number): Promise<Holder | undefined> {
  const { rows } = await trx.raw<{ rows: Holder[] }>(
    `select contact_id as contact, retired_at is null as current from addresses
      where brand_id = :brand and channel = 'sms' and address = :address and (retired_at is null or retired_at > :at)
      order by retired_at nulls last limit 1`,
    { brand, address, at: timestamp(at) },
  );
  return rows[0];
}

/**
 * Signs of life are orders, and what was said over the number itself or on its page; not what a shop, an import or another number's
 * order has recorded. What comes after 90 quiet days and before any order may be the new owner's already: it proves nothing of the old one.
 */
async function signsOfLife(db: Db, contact: string): Promise<SignsOfLife | undefined> {
  const { rows } = await db.raw<{ rows: { first: Date | null; last: Date | null }[] }>(
    `with signs as (
         select placed_at as at, true as by_order from orders where contact_id = :contact and placed_at is not null
         union all select i.occurred_at, false from conversations v join inbound_messages i on i.conversation_id = v.id
           where v.contact_id = :contact
         union all select occurred_at, false from consents where contact_id = :contact and actor = 'customer'
         union all select updated_at, false from preferences where contact_id = :contact),
       parts as (
         select at, by_order, count(*) filter (where at - before > cast(:quiet as interval)) over (order by at) as part
           from (select *, lag(at) over (order by at) as before from signs) s)
     select min(at) as first, max(at) filter (where part <= coalesce((select max(part) filter (where by_order) from parts), 0)) as last
       from parts`,
    { contact, quiet: `${QUIET_FOR} milliseconds` },
  );
  const { first, last } = rows[0] ?? {};
  return first && last ? { first: first.getTime(), last: last.getTime() } : undefined;
}

/** Whether the number may be somebody else's by now, so that a code texted to it no longer shows who asks. */
export async function isQuiet(db: Db, contact: string, now: number): Promise<boolean> {
  const signs = await signsOfLife(db, contact);
  return signs === undefined || now - signs.last > QUIET_FOR;
}

/** Set if the buyer is another person than the one a number is known by, and at least 90 quiet days lie between the two. */
async function otherPerson(trx: Db, contact: string, buyer: SaidOfBuyer, at: number): Promise<Change | undefined> {
  const signs = await signsOfLife(trx, contact);
  if (!signs) return undefined;
  const change = quietBeyond(signs, at);
  if (!change) return undefined;
  const known: SaidOfBuyer[] = await trx('orders')
    .where({ contact_id: contact })
    .distinct({ id: 'customer_id', firstName: 'first_name', lastName: 'last_name' });
  return isSomebodyElse(known.map(withoutNulls), buyer) ? change : undefined;
}

function withoutNulls(said: SaidOfBuyer): SaidOfBuyer {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

/** The number is somebody else's from `at` on. A trigger moves the gate's version: what is about to go out to it is asked about anew. */
async function retire(trx: Db, contact: string, at: number): Promise<void> {
  await trx('addresses')
    .where({ contact_id: contact })
    .whereNull('retired_at')
    .update({ retired_at: new Date(at) });
}

/** Never one that has, or had, a number: what is told to a number is not for whoever says the same customer id. */
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
