/** The next question about consents for a contact, from the ledger and the rules of where the person may be. */
import { applyRules } from '../../domain/rules/applied-rules.ts';
import { consentsOf } from '../../domain/consent/consent.ts';
import type { ConsentPrompt } from '../../domain/consent/consent-prompt.ts';
import { nextConsentPrompt } from '../../domain/consent/consent-prompt.ts';
import type { ConsentQuestion } from '../../domain/sending/message.ts';
import { CONSENT_QUESTIONS } from '../../domain/sending/message.ts';
import { isNumber } from '../addresses/number.ts';
import type { Db } from '../connection/connect.ts';
import { SUPPRESSED } from '../sending/gate/gate-columns.ts';
import type { RuleData } from '../../domain/rules/rule-data.ts';
import { placeOf } from '../../domain/place/contact-place.ts';
import type { OutboxClaim, ClaimedRow } from '../outbox/outbox.ts';
import { claim } from '../outbox/outbox.ts';
import { consentEvents } from './consent-ledger.ts';

export interface ConsentWatch {
  readonly brand: string;
  readonly contact: string;
}

interface SituationRow {
  zone: string | null;
  shop_zone: string | null;
  country: string | null;
  region: string | null;
  postcode: string | null;
  address: string | null;
  address_country: string | null;
  address_since: Date | null;
  suppressed: boolean | null;
  asked: Partial<Record<ConsentQuestion, string>> | null;
  asked_about: readonly string[] | null;
}

/**
 * Reads the consent prompt as of `now`, epoch ms. A contact without a number, or with a stopped number, is asked nothing. A question that
 * was sent to another number, or confirmed from it, does not count for this number.
 */
export async function readConsentPrompt(
  db: Db,
  rules: RuleData,
  { brand, contact }: ConsentWatch,
  now: number,
): Promise<ConsentPrompt> {
  const { rows } = await db.raw<{ rows: SituationRow[] }>(
    `select case when c.zone_chosen then c.zone end as zone, case when not c.zone_chosen then c.zone end as shop_zone, c.country, c.region, c.postcode, a.address, a.country as address_country,
       a.created_at as address_since, ${SUPPRESSED},
       (select jsonb_object_agg(q.kind, q.at) from (select m.kind, max(m.created_at) as at from messages m
         where m.contact_id = c.id and m.kind = any(:questions) and m.submitted_at is not null and m.submitted_at >= a.created_at
         group by m.kind) q) as asked,
       (select array_agg(m.occurrence) from messages m
         where m.contact_id = c.id and m.kind = any(:questions) and m.state <> 'planned') as asked_about
     from contacts c
       left join lateral (select address, country, token, created_at from addresses
         where contact_id = c.id and ${isNumber('addresses')} and usable and retired_at is null limit 1) a on true
     where c.brand_id = :brand and c.id = :contact`,
    { brand, contact, questions: [...CONSENT_QUESTIONS] },
  );
  const row = rows[0];
  if (!row || row.address === null || row.suppressed === true) return { kind: 'done' };
  const address = { e164: row.address, country: row.address_country };
  const { jurisdictions } = placeOf({ ...row, shopZone: row.shop_zone, address }, rules);
  const since = row.address_since?.getTime() ?? 0;
  const events = (await consentEvents(db, contact)).filter(({ action, at }) => action !== 'confirmed' || at >= since);
  const refusals = events.filter(({ action }) => action === 'withdrawn').map(({ at }) => at);
  return nextConsentPrompt({
    consents: consentsOf(events),
    rulesOf: (messageClass) => applyRules(rules.packs, jurisdictions, messageClass, now),
    lastAsked: Object.fromEntries(Object.entries(row.asked ?? {}).map(([kind, at]) => [kind, Date.parse(at)])),
    askedAbout: row.asked_about ?? [],
    ...(refusals.length > 0 && { refusedAt: Math.max(...refusals) }),
    now,
  });
}

/** Claims contacts that have made a new statement about consents. */
export function claimConsentChecks(db: Db, limit: number): Promise<OutboxClaim<ConsentWatch>> {
  const claiming = {
    columns: 'i.contact_id',
    order: 'i.next_try_at, i.id',
    toItem: (row: ClaimedRow & { readonly contact_id: string }) => ({
      brand: row.brand_id,
      contact: row.contact_id,
    }),
  };
  return claim(db, 'consents', claiming, limit);
}
