/** The person of a preference page, and everything that the page needs, read by one statement. */
import type { ConsentClass, ConsentEvent, Consents } from '../../domain/consent/consent.ts';
import { consentsOf } from '../../domain/consent/consent.ts';
import type { ListChecks } from '../../domain/consent/consent-rules.ts';
import type { Preferences } from '../../domain/consent/choices.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { Db } from '../connection/connect.ts';
import { toPreferences } from '../sending/gate/gate.ts';
import type { StoredPreferences } from '../sending/gate/gate-columns.ts';
import { CONSENTS, LISTS, PREFERENCES, SUPPRESSED } from '../sending/gate/gate-columns.ts';

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
  /** An older epoch in a link means that the link was withdrawn. */
  readonly epoch: number;
  /** Epoch ms. The person has asked to be erased, and can take that back until then. */
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
  /** Consents in force that the person was asked about since their last statement. */
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
    const consent = day[name];
    return action === 'asked' && consent?.state === 'granted' && at >= consent.renewedAt ? [name] : [];
  });
  return [...new Set(open)];
}
