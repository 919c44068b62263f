import type { Knex } from 'knex';
import type { ConsentAction, ConsentBasis, ConsentClass } from '../../domain/consent/consent.ts';
import type { AnyCaseKind } from '../../domain/conversation/inbound.ts';
import type { Channel } from '../../domain/sending/message.ts';
import { BASE_CHANNEL } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';
import { isStopped } from '../sending/gate/is-stopped.ts';

export interface ContactView {
  readonly id: string;
  readonly externalId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly locale: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly addresses: readonly { channel: Channel; address: string; usable: boolean; suppressed: boolean }[];
  readonly consents: readonly {
    readonly class: ConsentClass;
    readonly night: boolean;
    readonly action: ConsentAction;
    readonly basis: ConsentBasis;
    readonly wording: string;
    readonly source: string;
    readonly occurredAt: string;
  }[];
  /** The newest, oldest first, 100 at most. */
  readonly orders: readonly string[];
  /** Open ones, newest first. */
  readonly cases: readonly {
    readonly id: string;
    readonly kind: AnyCaseKind;
    readonly order: string | null;
    readonly holdsPromotions: boolean;
    readonly openedAt: string;
  }[];
}

export async function contactView(db: Db, brand: string, id: string): Promise<ContactView | undefined> {
  const { rows } = await db.raw<{ rows: ContactView[] }>(
    `select c.id, c.external_id as "externalId", c.first_name as "firstName", c.last_name as "lastName", c.locale, c.country, c.region,
       coalesce((select jsonb_agg(jsonb_build_object('channel', a.channel, 'address', a.address, 'usable', a.usable,
           'suppressed', ${isStopped('a.brand_id', 'a.token')})
           order by a.id) from addresses a where a.contact_id = c.id and a.retired_at is null), '[]') as addresses,
       coalesce((select jsonb_agg(jsonb_build_object('class', k.class, 'night', k.night, 'action', k.action, 'basis', k.basis,
           'wording', k.wording, 'source', k.source, 'occurredAt', k.occurred_at) order by k.occurred_at, k.id)
           from consents k where k.contact_id = c.id), '[]') as consents,
       coalesce((select jsonb_agg(o.id order by o.placed_at, o.created_at, o.id)
           from (select id, placed_at, created_at from orders where contact_id = c.id order by placed_at desc, created_at desc, id desc limit 100) o), '[]') as orders,
       coalesce((select jsonb_agg(jsonb_build_object('id', cast(k.id as text), 'kind', k.kind, 'order', k.order_id,
           'holdsPromotions', k.holds_promotions, 'openedAt', k.opened_at) order by k.id desc)
           from (select * from cases where contact_id = c.id and closed_at is null order by id desc limit 100) k), '[]') as cases
     from contacts c where c.brand_id = ? and c.id = ?`,
    [brand, id],
  );
  return rows[0];
}

/** Whether there is such a contact, erased or not. */
export async function isContact(db: Db, brand: string, id: string): Promise<boolean> {
  const row: unknown = await db('contacts').where({ brand_id: brand, id }).first('id');
  return row !== undefined;
}

/** True if the contact exists and was not erased. The lock keeps it from being erased until the transaction ends. */
export async function isPresent(trx: Knex.Transaction, brand: string, id: string): Promise<boolean> {
  const row: unknown = await trx('contacts')
    .where({ brand_id: brand, id })
    .whereNull('erased_at')
    .forNoKeyUpdate()
    .first('id');
  return row !== undefined;
}

/** The contact that has an address of a brand now. Undefined: no order with that address has come. */
export async function contactOfAddress(db: Db, brand: string, address: string): Promise<string | undefined> {
  const row: { contact_id: string } | undefined = await db('addresses')
    .where({ brand_id: brand, channel: BASE_CHANNEL, address })
    .whereNull('retired_at')
    .first('contact_id');
  return row?.contact_id;
}

/** Names of customers by their numbers, for the phones of the stand-in alone. Numbers of several people with different names are left out. */
export async function namesOfNumbers(db: Db, numbers: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db('addresses as a')
    .join('contacts as c', 'c.id', 'a.contact_id')
    .whereIn('a.address', [...numbers])
    .whereNull('a.retired_at')
    .whereNotNull('c.first_name')
    .groupBy('a.address')
    .havingRaw('count(distinct c.first_name) = 1')
    .select('a.address', db.raw("max(concat_ws(' ', c.first_name, c.last_name)) as name"));
  return new Map(rows.map((row: { address: string; name: string }) => [row.address, row.name]));
}

/**
 * Makes a number reachable again on these channels, after a sign of life. It lifts no stop. Numbers that belong to a
 * former owner stay as they are. If the number is still dead, that costs one text, and the number is marked again.
 */
export async function makeUsable(
  db: Db,
  {
    brand,
    address,
    channels,
  }: { readonly brand: string; readonly address: string; readonly channels: readonly Channel[] },
): Promise<void> {
  await db.raw(
    `update addresses set usable = true where brand_id = :brand and address = :address and channel = any(:channels)
       and not usable and retired_at is null`,
    { brand, address, channels: [...channels] },
  );
}

/** Withdraws every link that was sent to a contact's numbers. The next text has a new link. Returns how many numbers that affects. */
export async function endLinks(
  trx: Knex.Transaction,
  { brand, contact, address }: { readonly brand: string; readonly contact: string; readonly address?: string },
  now: number,
): Promise<number> {
  const numbers = trx('addresses').where({ brand_id: brand, contact_id: contact });
  if (address !== undefined) void numbers.where({ address });
  return numbers.update({ link_epoch: trx.raw('link_epoch + 1'), links_ended_at: new Date(now) });
}

/** Numbers that the contact has or had. */
export async function everyNumberOf(db: Db, contact: string): Promise<readonly string[]> {
  return db('addresses').where({ contact_id: contact }).distinct().pluck<string[]>('address');
}

/** The number of a contact. Undefined: none is stored. */
export async function numberOf(db: Db, contact: string): Promise<string | undefined> {
  const row: { address: string } | undefined = await db('addresses').where({ contact_id: contact }).first('address');
  return row?.address;
}

/** Locks a number's row, as a withdrawal of its links does. */
export async function lockAddress(trx: Knex.Transaction, id: number): Promise<void> {
  await trx('addresses').where({ id }).forNoKeyUpdate().first('id');
}
