/** The choices of a person, and all that the preference page shows of them. */
import type { Knex } from 'knex';
import type { Brand } from '../../domain/orders/brand.ts';
import type { ConsentClass, ConsentEvent, Consents } from '../../domain/consent/consent.ts';
import { consentsOf } from '../../domain/consent/consent.ts';
import type { ListChecks } from '../../domain/consent/consent-rules.ts';
import type { LinkOwner } from '../../domain/contacts/link-owner.ts';
import type { Preferences } from '../../domain/consent/preferences.ts';
import type { Db } from '../../db/connection/connect.ts';
import { lockNumber } from '../../db/addresses/contact-lock.ts';
import { toPreferences } from '../../db/sending/gate/gate.ts';
import type { StoredPreferences } from '../../db/sending/gate/gate-columns.ts';
import { CONSENTS, LISTS, PREFERENCES, SUPPRESSED } from '../../db/sending/gate/gate-columns.ts';

export interface PersonAddress {
  readonly id: number;
  readonly e164: string;
  readonly country?: string;
  readonly stopped: boolean;
}

/** The person whom the preference page shows: a contact, at the number that the page's link was sent to. */
export interface Person {
  readonly brand: Brand;
  readonly contact: string;
  readonly address: PersonAddress;
  /** Links of an earlier epoch have been withdrawn. */
  readonly epoch: number;
  /** Epoch ms. The person has asked to be erased, and can take it back until then. */
  readonly erasureDueAt?: number;
  readonly locale?: string;
  /** The zone that the person has chosen on the page. */
  readonly zone?: string;
  /** The zone that the shop reports. */
  readonly shopZone?: string;
  readonly country?: string;
  readonly region?: string;
  readonly postcode?: string;
  readonly consents: Consents;
  /** Consents that stand and that the person has been asked about since they last said so. */
  readonly asked: readonly ConsentClass[];
  readonly lists: ListChecks;
  readonly preferences: Preferences;
}

interface Row {
  brand: Brand;
  id: string;
  locale: string | null;
  zone: string | null;
  zone_chosen: boolean;
  country: string | null;
  region: string | null;
  postcode: string | null;
  address_id: number;
  address: string;
  address_country: string | null;
  link_epoch: number;
  erasure_due_at: Date | null;
  suppressed: boolean | null;
  consents: readonly ConsentEvent[] | null;
  lists: ListChecks | null;
  preferences: StoredPreferences | null;
}

/**
 * Reads the person that a link was sent to, in one statement. Undefined: the link's number is unknown, its person has asked for erasure,
 * or the number belongs to another person now.
 */
export async function readPerson(db: Db, link: Buffer): Promise<Person | undefined> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select b.settings as brand, c.id, c.locale, c.zone, c.zone_chosen, c.country, c.region, c.postcode,
       a.id as address_id, a.address, a.country as address_country, a.link_epoch, ${SUPPRESSED},
       (select p.due_at from planned_erasures p where p.contact_id = c.id and p.cancelled_at is null and p.begun_at is null) as erasure_due_at,
       ${CONSENTS}, ${LISTS}, ${PREFERENCES}
     from addresses a join contacts c on c.id = a.contact_id join brands b on b.id = c.brand_id
      where a.link_id = ? and a.retired_at is null and c.erased_at is null
        and not exists (select from erasures e where e.contact_id = c.id)`,
    [link],
  );
  return rows[0] && toPerson(rows[0]);
}

function toPerson(row: Row): Person {
  const events = row.consents ?? [];
  const consents = consentsOf(events);
  return {
    brand: row.brand,
    contact: row.id,
    address: {
      id: row.address_id,
      e164: row.address,
      ...(row.address_country !== null && { country: row.address_country }),
      stopped: row.suppressed ?? false,
    },
    epoch: row.link_epoch,
    ...(row.erasure_due_at && { erasureDueAt: row.erasure_due_at.getTime() }),
    ...(row.locale !== null && { locale: row.locale }),
    ...(row.zone !== null && { [row.zone_chosen ? 'zone' : 'shopZone']: row.zone }),
    ...(row.country !== null && { country: row.country }),
    ...(row.region !== null && { region: row.region }),
    ...(row.postcode !== null && { postcode: row.postcode }),
    consents,
    asked: askedOf(events, consents),
    lists: row.lists ?? {},
    preferences: toPreferences(row.preferences),
  };
}

function askedOf(events: readonly ConsentEvent[], { day }: Consents): ConsentClass[] {
  const open = events.flatMap(({ action, class: name, at }) => {
    const standing = day[name];
    return action === 'asked' && standing?.state === 'granted' && at >= standing.renewedAt ? [name] : [];
  });
  return [...new Set(open)];
}

/** `gone`: the person has been erased. `revoked`: the link was withdrawn, for instance because the same form was sent twice. */
export type NotThere = 'gone' | 'revoked';

type Change<T> = (trx: Knex.Transaction, person: Person) => Promise<T>;

/**
 * Changes the person's choices, one change at a time. It locks the contact, and code that holds that lock never asks for a number's lock.
 */
export function changingContact<T>(db: Db, owner: LinkOwner, change: Change<T>): Promise<T | NotThere> {
  return changing(db, owner, change, async (trx, link) => {
    await trx.raw('select from contacts where id = (select contact_id from addresses where link_id = ?) for update', [
      link,
    ]);
  });
}

/**
 * Changes what may be sent to the number. It takes the same lock as an order or a STOP of the number, so it sees all that they have
 * written.
 */
export function changingNumber<T>(db: Db, owner: LinkOwner, change: Change<T>): Promise<T | NotThere> {
  return changing(db, owner, change, async (trx, link) => {
    const row: { brand_id: string; address: string } | undefined = await trx('addresses')
      .where({ link_id: link })
      .first('brand_id', 'address');
    if (row) await lockNumber(trx, row.brand_id, row.address);
  });
}

/** The person is read by a statement of its own after the lock, so it sees all that was committed while this one waited. */
function changing<T>(
  db: Db,
  { id, epoch }: LinkOwner,
  change: Change<T>,
  lock: (trx: Knex.Transaction, link: Buffer) => Promise<void>,
): Promise<T | NotThere> {
  return db.transaction(async (trx) => {
    await lock(trx, id);
    const person = await readPerson(trx, id);
    if (!person) return 'gone';
    return person.epoch === epoch ? change(trx, person) : 'revoked';
  });
}

export interface ChosenPreferences extends Preferences {
  /** The zone the person has set. Absent: it is to be found out. */
  readonly zone?: string;
}

/** Stores choices; a trigger moves the gate version, so that nothing that is about to go out overlooks them. `now`: epoch ms. */
export async function savePreferences(
  trx: Knex.Transaction,
  { brand, contact, zone: known }: Person,
  { topicsOff, channelsOff, mostPerWeek, pausedUntil, zone }: ChosenPreferences,
  now: number,
): Promise<void> {
  if (zone !== known)
    await trx('contacts')
      .where({ id: contact })
      .update({ zone: zone ?? null, zone_chosen: zone !== undefined });
  await trx('preferences')
    .insert({
      contact_id: contact,
      brand_id: brand.id,
      topics_off: [...topicsOff],
      channels_off: [...channelsOff],
      most_per_week: mostPerWeek ?? null,
      paused_until: pausedUntil === undefined ? null : new Date(pausedUntil),
      updated_at: new Date(now),
    })
    .onConflict('contact_id')
    .merge();
}
