/** What a person has chosen, and all that the preference page shows of them. */
import type { Knex } from 'knex';
import type { Brand } from '../../domain/brand.ts';
import type { ConsentClass, ConsentEvent, Consents } from '../../domain/consent.ts';
import { consentsOf } from '../../domain/consent.ts';
import type { ListChecks } from '../../domain/consent-rules.ts';
import type { Preferences } from '../../domain/preferences.ts';
import type { Db } from '../connect.ts';
import { LOCK, personKey } from '../contact-lock.ts';
import { toPreferences } from '../gate/gate.ts';
import type { StoredPreferences } from '../gate/gate-columns.ts';
import { CONSENTS, LISTS, PREFERENCES, SUPPRESSED } from '../gate/gate-columns.ts';

export interface PersonAddress {
  readonly e164: string;
  readonly country?: string;
  readonly stopped: boolean;
}

/** A contact as the preference page sees them. */
export interface Person {
  readonly brand: Brand;
  readonly contact: string;
  readonly locale?: string;
  /** What the person has set. */
  readonly zone?: string;
  /** What the shop says. */
  readonly shopZone?: string;
  readonly country?: string;
  readonly region?: string;
  readonly postcode?: string;
  /** The number, or none. */
  readonly addresses: readonly PersonAddress[];
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
  addresses: { e164: string; country: string | null; stopped: boolean }[] | null;
  consents: readonly ConsentEvent[] | null;
  lists: ListChecks | null;
  preferences: StoredPreferences | null;
}

/** The contact of a short number, in one statement. Undefined: there is none, its erasure was asked for, or its number is somebody else's now. */
export async function readPerson(db: Db, number: number): Promise<Person | undefined> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select b.settings as brand, c.id, c.locale, c.zone, c.zone_chosen, c.country, c.region, c.postcode,
       (select jsonb_agg(jsonb_build_object('e164', n.address, 'country', n.country, 'stopped', n.suppressed))
          from (select a.address, max(a.country) as country, ${SUPPRESSED}
            from addresses a where a.contact_id = c.id group by a.address, a.token) n) as addresses,
       ${CONSENTS}, ${LISTS}, ${PREFERENCES}
     from contacts c join brands b on b.id = c.brand_id where c.number = ? and c.erased_at is null
      and not exists (select from erasures e where e.contact_id = c.id)
      and not exists (select from addresses f where f.contact_id = c.id and f.retired_at is not null)`,
    [number],
  );
  return rows[0] && toPerson(rows[0]);
}

function toPerson(row: Row): Person {
  const events = row.consents ?? [];
  const consents = consentsOf(events);
  return {
    brand: row.brand,
    contact: row.id,
    ...(row.locale !== null && { locale: row.locale }),
    ...(row.zone !== null && { [row.zone_chosen ? 'zone' : 'shopZone']: row.zone }),
    ...(row.country !== null && { country: row.country }),
    ...(row.region !== null && { region: row.region }),
    ...(row.postcode !== null && { postcode: row.postcode }),
    addresses: (row.addresses ?? []).map(({ e164, country, stopped }) => ({
      e164,
      ...(country !== null && { country }),
      stopped,
    })),
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

/** Lets one change of a person's choices follow the other. Nobody who holds it asks for a number's lock. */
export async function lockContact(trx: Knex.Transaction, number: number): Promise<void> {
  await trx.raw('select from contacts where number = ? for update', [number]);
}

/** Holds a person's numbers as whoever orders with them, or stops them, does. */
export async function lockNumbers(trx: Knex.Transaction, { brand, addresses }: Person): Promise<void> {
  await trx.raw(`select ${LOCK} from unnest(cast(? as text[])) as person order by person`, [
    addresses.map(({ e164 }) => personKey(brand.id, e164)),
  ]);
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
