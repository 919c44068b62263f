import type { Knex } from 'knex';
import type { ConsentAction, ConsentBasis, ConsentClass } from '../../domain/consent/consent.ts';
import type { AnyCaseKind } from '../../domain/conversation/case-kinds.ts';
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
