/** Questions to a person about their consents, and the answers: yes or no. */
import type { Knex } from 'knex';
import { CUSTOMER } from '../../domain/access/audit.ts';
import type { ConsentClass } from '../../domain/consent/consent.ts';
import { isExpressed } from '../../domain/consent/consent.ts';
import type { ConsentQuestion } from '../../domain/sending/message.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { NewConsent } from '../../db/consent/consents.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import type { ConsentInForce } from './consents-in-force.ts';
import { isOnRecord, lastRequest, sentText, wordingOfEntry } from '../../db/consent/consent-texts.ts';
import { consentsInForce } from './consents-in-force.ts';

export interface SentQuestion {
  readonly brand: string;
  readonly contact: string;
  readonly question: ConsentQuestion;
  /** The id of the message with the question. */
  readonly message: string;
}

/** Records once that a question was sent, with its words, in the consents that it is about. */
export async function recordQuestionSent(
  db: Db,
  { brand, contact, question, message }: SentQuestion,
  now: number,
): Promise<void> {
  const source = `${question}:${message}`;
  await db.transaction(async (trx) => {
    const sent = (await isOnRecord(trx, contact, source)) ? undefined : await sentText(trx, contact, message);
    if (!sent) return;
    const { body: wording, locale, submitted_at } = sent;
    const at = submitted_at?.getTime() ?? now;
    const asked = (await consentsInForce(trx, contact)).filter(({ class: name }) => ASKED_CLASSES.includes(name));
    const entries = asked.map(({ class: name, night, consent }): NewConsent => {
      const about = { class: name, night, action: 'asked', basis: consent.basis } as const;
      return { ...about, wording, source, at, ...(locale !== null && { locale }) };
    });
    await recordConsents(trx, brand, contact, entries, now, 'dopo');
  });
}

export interface AnsweredQuestion {
  readonly brand: string;
  readonly contact: string;
  /** `inbound:<id>`, or `page`. */
  readonly source: string;
  /** Epoch ms. */
  readonly at: number;
  readonly now: number;
}

/** Classes that a question can be about. News of an order needs no consent, and a no to offers does not end it. */
const ASKED_CLASSES: readonly ConsentClass[] = ['service_feedback', 'promotional'];

/**
 * The person has answered yes over the number itself. Every consent in force that was given in words is confirmed, or
 * renewed if it was confirmed before. A consent that was only inferred becomes one in words. A withdrawn consent
 * stays withdrawn. Returns the number of consents.
 */
export async function confirmConsent(trx: Knex.Transaction, answered: AnsweredQuestion): Promise<number> {
  const { brand, contact, source, at, now } = answered;
  const given: NewConsent[] = [];
  for (const { consent, ...entry } of await answeredBy(trx, answered)) {
    const said = { ...entry, source, at };
    if (!isExpressed(consent.basis)) given.push({ ...said, action: 'granted', basis: 'express' });
    const confirms = isExpressed(consent.basis) && consent.confirmed ? 'reconfirmed' : 'confirmed';
    given.push({ ...said, action: confirms, basis: isExpressed(consent.basis) ? consent.basis : 'express' });
  }
  await recordConsents(trx, brand, contact, given, now, CUSTOMER);
  const confirmed = given.filter(({ action }) => action !== 'granted').length;
  await recordAnswer(trx, answered, confirmed > 0 && { confirmed });
  return confirmed;
}

/** The person has answered no, so the consents that the question was about are withdrawn. Returns their number. */
export async function declineConsent(trx: Knex.Transaction, answered: AnsweredQuestion): Promise<number> {
  const { brand, contact, source, at, now } = answered;
  const refused = (await answeredBy(trx, answered)).map(({ consent, ...entry }): NewConsent => ({
    ...entry,
    action: 'withdrawn',
    basis: consent.basis,
    source,
    at,
  }));
  await recordConsents(trx, brand, contact, refused, now, CUSTOMER);
  await recordAnswer(trx, answered, refused.length > 0 && { withdrawn: refused.length });
  return refused.length;
}

async function recordAnswer(
  trx: Knex.Transaction,
  { brand, contact, now }: AnsweredQuestion,
  after: object | false,
): Promise<void> {
  if (after === false) return;
  const subject = { kind: 'contact', id: contact } as const;
  await recordAudit(trx, { brand, actor: CUSTOMER, action: 'record_consent', subject, after }, now);
}

/**
 * The consents in force that a question was about, with the text that was answered; if that text is not kept, with
 * the one that was agreed to.
 */
async function answeredBy(
  trx: Knex.Transaction,
  { contact }: AnsweredQuestion,
): Promise<(ConsentInForce & { readonly wording: string })[]> {
  const request = await lastRequest(trx, contact);
  const asked = (await consentsInForce(trx, contact)).filter(({ class: name }) => ASKED_CLASSES.includes(name));
  return Promise.all(
    asked.map(async (one) => ({ ...one, wording: request ?? (await wordingOfEntry(trx, one.consent.ref)) })),
  );
}
