/** Consents that were collected elsewhere, each with the proof of it. */
import { CONSENT_CLASSES } from '../../domain/consent/consent.ts';
import type { GivenConsent } from '../../domain/orders/order.ts';
import type { ParsedPhone, PhoneProblem } from '../../domain/contacts/phone.ts';
import type { Store } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { isKnownConsent } from '../../db/consent/consent-texts.ts';
import { findSuppression } from '../../db/consent/suppressions.ts';
import { lockNumber } from '../../db/addresses/contact-lock.ts';
import { contactOfAddress } from '../../db/contacts/contacts.ts';
import { contactFor } from '../../db/contacts/identity.ts';

export interface ImportLine extends Omit<GivenConsent, 'class'> {
  /** As the file writes it. */
  readonly class: string;
  readonly phone: ParsedPhone;
}

export type ImportRefusal =
  /** Only the person can lift a STOP. No line of a file lifts it, or makes a new contact for a stopped number. */
  | 'suppressed'
  | 'in_the_future'
  /** A consent without its evidence cannot be proved. */
  | 'no_proof'
  | 'unknown_class'
  | `not_textable: ${PhoneProblem}`;

export type ImportResult =
  | { readonly status: 'recorded' | 'duplicate'; readonly contact: string }
  | { readonly status: 'refused'; readonly why: ImportRefusal };

/** The brand and the actor of the import, and the tolerance for consents whose time lies in the future, ms. */
export interface Importing {
  readonly brand: string;
  readonly actor: string;
  readonly leeway: number;
}

/**
 * Records the lines of a file one by one, each in a transaction of its own, so that importing the file again goes on where it was cut
 * off. The audit log gets one entry for the file; each line is in the ledger of consents with its actor. A number without an order becomes
 * a contact: a consent belongs to a contact. Epoch ms.
 */
export async function importConsents(
  store: Store,
  importing: Importing,
  lines: readonly ImportLine[],
  now: number,
): Promise<ImportResult[]> {
  const results: ImportResult[] = [];
  for (const line of lines) results.push(await importLine(store, importing, line, now));
  const { brand, actor } = importing;
  const counts = Object.fromEntries(
    [...Map.groupBy(results, ({ status }) => status)].map(([status, of]) => [status, of.length]),
  );
  const subject = { kind: 'brand', id: brand } as const;
  await recordAudit(store.db, { brand, actor, action: 'import', subject, after: { consents: counts } }, now);
  return results;
}

async function importLine(
  store: Store,
  { brand, actor, leeway }: Importing,
  { phone, class: word, ...line }: ImportLine,
  now: number,
): Promise<ImportResult> {
  const name = CONSENT_CLASSES.find((known) => known === word);
  if (phone.kind === 'invalid') return refused(`not_textable: ${phone.why}`);
  if (name === undefined) return refused('unknown_class');
  if (line.at > now + leeway) return refused('in_the_future');
  const consent: GivenConsent = { ...line, class: name, at: Math.min(line.at, now) };
  if (consent.action === 'granted' && Object.keys(consent.evidence ?? {}).length === 0) return refused('no_proof');
  return inTransaction(store, async (own) => {
    const { db: trx } = own;
    // The same file may be imported twice at once, and a STOP may come at the same time.
    await lockNumber(trx, brand, phone.e164);
    const known = await contactOfAddress(trx, brand, phone.e164);
    // A withdrawal does not bring back the number of an erased person.
    if ((consent.action === 'granted' || known === undefined) && (await findSuppression(own, brand, phone.e164)))
      return refused('suppressed');
    const contact = known ?? (await contactFor(own, brand, { phone }, now, now));
    if (await isKnownConsent(trx, contact, consent)) return { status: 'duplicate', contact };
    await recordConsents(trx, brand, contact, [consent], now, actor);
    return { status: 'recorded', contact };
  });
}

function refused(why: ImportRefusal): ImportResult {
  return { status: 'refused', why };
}
