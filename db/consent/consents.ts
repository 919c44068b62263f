/** Adding to the ledger of consents. Entries are never changed: a withdrawal is a further one. */
import { randomBytes } from 'node:crypto';
import type { ConsentAction } from '../../domain/consent/consent.ts';
import { BASE_CHANNEL } from '../../domain/sending/message.ts';
import type { GivenConsent } from '../../domain/orders/order.ts';
import type { Db } from '../connection/connect.ts';
import type { Evidence } from './consent-chain.ts';
import { evidenceHash } from './consent-chain.ts';

/** A new entry about a consent. Only Dopo itself records that a consent was asked for, confirmed or renewed. */
export interface NewConsent extends Omit<GivenConsent, 'action'> {
  readonly action: ConsentAction;
}

/**
 * Adds to a contact's consents, in one statement. A trigger chains every entry to the one before (db/consent/consent-chain.ts) and moves
 * the gate version. A consent check that a drainer is working on, or has given up, becomes due again, because it has not seen these
 * consents. `actor`: who recorded it, a key's label or a part of Dopo. Throws for a contact of another brand.
 */
export async function recordConsents(
  db: Db,
  brand: string,
  contact: string,
  consents: readonly NewConsent[],
  now: number,
  actor = 'shop',
): Promise<void> {
  if (consents.length === 0) return;
  await db.raw(
    `with given as (select * from rows from (jsonb_to_recordset(cast(:rows as jsonb)) as (class text, night boolean, action text,
         basis text, wording text, locale text, source text, evidence jsonb, evidence_hash text, at timestamptz, expires_at timestamptz)
       ) with ordinality),
     kept as (insert into consent_evidence (hash, brand_id, contact_id, evidence)
       select decode(evidence_hash, 'hex'), :brand, :contact, evidence from given where evidence_hash is not null),
     checked as (insert into consent_checks (brand_id, contact_id, created_at)
       select :brand, :contact, cast(:now as timestamptz) where exists (select from given where action not in ('withdrawn', 'asked'))
       on conflict (contact_id) where started_at is null
         do update set claimed_until = null, dead_at = null, tries = 0, next_try_at = statement_timestamp())
     insert into consents (brand_id, contact_id, channel, class, night, action, basis, wording, locale, source, evidence_hash,
         occurred_at, recorded_at, expires_at, actor)
       select :brand, :contact, '${BASE_CHANNEL}', class, night, action, basis, wording, locale, source, decode(evidence_hash, 'hex'),
         at, cast(:now as timestamptz), expires_at, :actor from given order by ordinality`,
    { rows: JSON.stringify(consents.map(toRow)), brand, contact, now: new Date(now).toISOString(), actor },
  );
}

function toRow(consent: NewConsent): object {
  const { class: name, action, night = false, basis = 'express', wording, locale, source, at, expiresAt } = consent;
  const evidence: Evidence | undefined = consent.evidence && {
    ...consent.evidence,
    salt: randomBytes(16).toString('hex'),
  };
  return {
    class: name,
    night,
    action,
    basis,
    wording,
    locale,
    source,
    ...(evidence && { evidence, evidence_hash: evidenceHash(evidence) }),
    at: new Date(at).toISOString(),
    ...(expiresAt !== undefined && { expires_at: new Date(expiresAt).toISOString() }),
  };
}

/** The answer of a list outside of Dopo about a contact's number. */
export interface ListCheck {
  readonly brand: string;
  readonly contact: string;
  /** As the country's rules name it: `sg_dnc`. */
  readonly list: string;
  readonly listed: boolean;
  /** When the list was asked, epoch ms. */
  readonly at: number;
}

/** Keeps an answer; a trigger moves the contact's gate version. Answers are never changed: the latest counts. */
export async function storeListCheck(
  db: Db,
  { brand, contact, list, listed, at }: ListCheck,
  now: number,
): Promise<void> {
  await db('list_checks').insert({
    brand_id: brand,
    contact_id: contact,
    list,
    listed,
    checked_at: new Date(at),
    recorded_at: new Date(now),
  });
}
