/** Looks up entries of the ledger of consents, and the texts that were agreed to or answered. */
import { CONSENT_QUESTIONS } from '../../domain/sending/message.ts';
import type { Db } from '../connection/connect.ts';
import type { NewConsent } from './consents.ts';

/** The text of an entry of the ledger. */
export async function wordingOfEntry(db: Db, entry: string): Promise<string> {
  const row: { wording: string } | undefined = await db('consents').where({ id: entry }).first('wording');
  if (!row) throw new Error('an entry of the ledger vanished');
  return row.wording;
}

/** The same statement of the same moment was imported before. */
export async function isKnownConsent(db: Db, contact: string, consent: NewConsent): Promise<boolean> {
  const { class: name, action, basis = 'express', night = false, wording, at } = consent;
  const same: { id: number } | undefined = await db('consents')
    .where({ contact_id: contact, class: name, action, basis, night, wording, occurred_at: new Date(at) })
    .first('id');
  return same !== undefined;
}

export async function isOnRecord(db: Db, contact: string, source: string): Promise<boolean> {
  const known: unknown = await db('consents').where({ contact_id: contact, source }).first('id');
  return known !== undefined;
}

interface SentText {
  readonly body: string;
  readonly locale: string | null;
  readonly submitted_at: Date | null;
}

/** A message of a contact, while its text is kept. */
export async function sentText(db: Db, contact: string, message: string): Promise<SentText | undefined> {
  const row: (Omit<SentText, 'body'> & { readonly body: string | null }) | undefined = await db('messages')
    .where({ id: message, contact_id: contact })
    .first('body', 'locale', 'submitted_at');
  return row?.body ? { ...row, body: row.body } : undefined;
}

/** The text the person has answered, while it is kept. */
export async function lastRequest(db: Db, contact: string): Promise<string | undefined> {
  const row: { body: string } | undefined = await db('messages')
    .where({ contact_id: contact })
    .whereIn('kind', [...CONSENT_QUESTIONS])
    .whereNotNull('submitted_at')
    .whereNotNull('body')
    .orderBy('submitted_at', 'desc')
    .first('body');
  return row?.body;
}
