import type { Knex } from 'knex';
import type { Customer, Place } from '../../domain/order.ts';
import type { TokenOf } from '../address-token.ts';
import type { Db } from '../connect.ts';
import { recordConsents } from '../consents/consents.ts';
import { LOCK, personKey } from '../contact-lock.ts';

/**
 * The contact an order belongs to, created or brought up to date. A phone number decides who somebody is, because STOP counts
 * for a number; without one the shop's customer id does. Call inside a transaction: it is serialised per phone and customer id.
 */
export async function saveContact(
  trx: Knex.Transaction,
  tokenOf: TokenOf,
  brand: string,
  customer: Customer,
  place: Place,
  now: number,
): Promise<string> {
  const identities = [customer.phone?.e164, customer.id].filter((identity) => identity !== undefined);
  await trx.raw(`select ${LOCK} from unnest(cast(? as text[])) as person order by person`, [
    identities.map((identity) => personKey(brand, identity)),
  ]);
  const known = await findContact(trx, brand, customer);
  const details = {
    external_id: customer.id,
    first_name: customer.firstName,
    last_name: customer.lastName,
    locale: customer.locale,
    // What the person has set on the preference page stands.
    zone: customer.zone && trx.raw('case when zone_chosen then zone else ? end', [customer.zone]),
    ...placeChange(trx, place),
    loyalty: customer.loyalty && JSON.stringify(customer.loyalty),
  };
  const id = known ?? (await insertContact(trx, brand, now));
  // Before the contact: who writes to an address holds it first and its contact, through the trigger, second.
  if (customer.phone) {
    await trx('addresses')
      .insert({
        brand_id: brand,
        contact_id: id,
        channel: 'sms',
        address: customer.phone.e164,
        token: tokenOf(brand, customer.phone.e164),
        country: customer.phone.country ?? null,
        created_at: new Date(now),
        last_used_at: new Date(now),
      })
      .onConflict(['brand_id', 'channel', 'address'])
      .merge(['last_used_at']);
  }
  const changes = Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
  if (Object.keys(changes).length > 0) await trx('contacts').where({ id }).update(changes);
  await recordConsents(trx, brand, id, customer.consents, now);
  const refusals = customer.consents.filter(({ action }) => action === 'withdrawn');
  if (refusals.length > 0)
    for (const other of await otherContactsOf(trx, brand, customer.id, id))
      await recordConsents(trx, brand, other, refusals, now);
  return id;
}

/** A customer of the shop with two numbers may be two contacts: a no to the shop is one of both, a yes of the one it came with. */
async function otherContactsOf(trx: Db, brand: string, customer: string | undefined, id: string): Promise<string[]> {
  if (customer === undefined) return [];
  return trx('contacts')
    .where({ brand_id: brand, external_id: customer })
    .whereNot({ id })
    .orderBy('id')
    .pluck<string[]>('id');
}

/**
 * An address is one whole: `MI` is Milano in Italy and Michigan in the US, so what an order leaves out of its address is not
 * taken from a former one. A country alone, as digital orders have it, replaces only an address elsewhere.
 */
function placeChange(trx: Knex.Transaction, { country, region, city, postcode }: Place): Record<string, unknown> {
  if (country === undefined) return { region, city, postcode };
  const detailed = [region, city, postcode].some((part) => part !== undefined);
  const left = (column: string) => (detailed ? null : trx.raw('case when country = ? then ?? end', [country, column]));
  return {
    country,
    region: region ?? left('region'),
    city: city ?? left('city'),
    postcode: postcode ?? left('postcode'),
  };
}

async function findContact(trx: Db, brand: string, customer: Customer): Promise<string | undefined> {
  if (customer.phone) {
    const byPhone: { contact_id: string } | undefined = await trx('addresses')
      .where({ brand_id: brand, channel: 'sms', address: customer.phone.e164 })
      .first('contact_id');
    if (byPhone) return byPhone.contact_id;
  }
  if (customer.id === undefined) return undefined;
  const byId: { id: string } | undefined = await trx('contacts')
    .where({ brand_id: brand, external_id: customer.id })
    .orderBy('created_at')
    .first('id');
  return byId?.id;
}

async function insertContact(trx: Db, brand: string, now: number): Promise<string> {
  const [row] = await trx('contacts')
    .insert({ brand_id: brand, created_at: new Date(now) })
    .returning<{ id: string }[]>('id');
  if (!row) throw new Error('insert into contacts returned no row');
  return row.id;
}

export interface ContactView {
  readonly id: string;
  readonly externalId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly locale: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly addresses: readonly { channel: string; address: string; usable: boolean; suppressed: boolean }[];
  readonly consents: readonly {
    readonly class: string;
    readonly night: boolean;
    readonly action: string;
    readonly basis: string;
    readonly wording: string;
    readonly source: string;
    readonly occurredAt: string;
  }[];
  readonly orders: readonly string[];
}

export async function contactView(db: Db, brand: string, id: string): Promise<ContactView | undefined> {
  const { rows } = await db.raw<{ rows: ContactView[] }>(
    `select c.id, c.external_id as "externalId", c.first_name as "firstName", c.last_name as "lastName", c.locale, c.country, c.region,
       coalesce((select jsonb_agg(jsonb_build_object('channel', a.channel, 'address', a.address, 'usable', a.usable,
           'suppressed', coalesce((select s.state = 'stopped' from suppressions s
              where s.brand_id = a.brand_id and s.token = a.token
              order by s.occurred_at desc, s.id desc limit 1), false))
           order by a.id) from addresses a where a.contact_id = c.id), '[]') as addresses,
       coalesce((select jsonb_agg(jsonb_build_object('class', k.class, 'night', k.night, 'action', k.action, 'basis', k.basis,
           'wording', k.wording, 'source', k.source, 'occurredAt', k.occurred_at) order by k.occurred_at, k.id)
           from consents k where k.contact_id = c.id), '[]') as consents,
       coalesce((select jsonb_agg(o.id order by o.placed_at) from orders o where o.contact_id = c.id), '[]') as orders
     from contacts c where c.brand_id = ? and c.id = ?`,
    [brand, id],
  );
  return rows[0];
}

/** Whether there is such a contact who has not been erased. Nobody erases them until the transaction ends. */
export async function isPresent(trx: Knex.Transaction, brand: string, id: string): Promise<boolean> {
  const row: unknown = await trx('contacts')
    .where({ brand_id: brand, id })
    .whereNull('erased_at')
    .forNoKeyUpdate()
    .first('id');
  return row !== undefined;
}

/** The contact behind an address of a brand, if anybody has ordered with it. */
export async function contactOfAddress(db: Db, brand: string, address: string): Promise<string | undefined> {
  const row: { contact_id: string } | undefined = await db('addresses')
    .where({ brand_id: brand, channel: 'sms', address })
    .first('contact_id');
  return row?.contact_id;
}
