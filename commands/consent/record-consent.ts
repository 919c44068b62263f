/** A consent, or its withdrawal, that the shop reports of a contact. */
import type { ConsentClass } from '../../domain/consent/consent.ts';
import type { GivenConsent } from '../../domain/orders/order.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { isPresent } from '../../db/contacts/contacts.ts';

export interface ReportedConsent {
  readonly brand: string;
  readonly contact: string;
  readonly actor: string;
  readonly consent: GivenConsent & { readonly class: ConsentClass };
}

/** Returns false if the brand has no such contact, or has erased it. */
export async function recordConsent(
  db: Db,
  { brand, contact, actor, consent }: ReportedConsent,
  now: number,
): Promise<boolean> {
  return db.transaction(async (trx) => {
    if (!(await isPresent(trx, brand, contact))) return false;
    await recordConsents(trx, brand, contact, [consent], now, actor);
    const subject = { kind: 'contact', id: contact } as const;
    const { class: name, action, night, basis } = consent;
    // The source is left out: it may hold the shop's own words, and the consent ledger has it.
    const after = { class: name, action, night, basis };
    await recordAudit(trx, { brand, actor, action: 'record_consent', subject, after }, now);
    return true;
  });
}
