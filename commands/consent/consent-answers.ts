/** Questions to a person about their consents, and the answers: yes, no, or START. */
import type { Knex } from 'knex';
import type { ConsentClass, ConsentStanding } from '../../domain/consent/consent.ts';
import { CONSENT_CLASSES, consentsOf, isExpressed } from '../../domain/consent/consent.ts';
import type { ConsentQuestion } from '../../domain/sending/message.ts';
import { CONSENT_QUESTIONS } from '../../domain/sending/message.ts';
import type { TokenOf } from '../../db/addresses/address-token.ts';
import type { Db } from '../../db/connection/connect.ts';
import { consentEvents } from '../../db/consent/consent-ledger.ts';
import type { NewConsent } from '../../db/consent/consents.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import { findSuppression } from '../../db/consent/suppressions.ts';

export interface Asked {
  readonly brand: string;
  readonly contact: string;
  readonly question: ConsentQuestion;
  /** The id of the message that asks. */
  readonly message: string;
}

/** A question has gone out: what it asks about says so, once, in the words of the message. */
export async function recordAsked(db: Db, { brand, contact, question, message }: Asked, now: number): Promise<void> {
  const source = `${question}:${message}`;
  await db.transaction(async (trx) => {
    const known: unknown = await trx('consents').where({ contact_id: contact, source }).first('id');
    const sent: { body: string | null; locale: string | null; submitted_at: Date | null } | undefined = await trx(
      'messages',
    )
      .where({ id: message, contact_id: contact })
      .first('body', 'locale', 'submitted_at');
    if (known !== undefined || !sent?.body) return;
    const { body: wording, locale, submitted_at } = sent;
    const at = submitted_at?.getTime() ?? now;
    const asked = (await grantedOf(trx, contact)).filter(({ class: name }) => ASKED_CLASSES.includes(name));
    const entries = asked.map(({ class: name, night, standing }): NewConsent => {
      const about = { class: name, night, action: 'asked', basis: standing.basis } as const;
      return { ...about, wording, source, at, ...(locale !== null && { locale }) };
    });
    await recordConsents(trx, brand, contact, entries, now, 'dopo');
  });
}

export interface Answered {
  readonly brand: string;
  readonly contact: string;
  /** `inbound:<id>`. */
  readonly source: string;
  /** Epoch ms. */
  readonly at: number;
  readonly now: number;
}

/** Classes that a person is asked about: news of an order needs no yes, and a no to offers does not end them. */
const ASKED_CLASSES: readonly ConsentClass[] = ['service_feedback', 'promotional'];

/**
 * The person has said yes over the number itself, to being asked for a confirmation or a renewal: every consent in force that is in
 * words is confirmed, or renewed if it was confirmed before; one that was only inferred is a consent in words from now on. Returns
 * how many. A consent that was withdrawn stays withdrawn.
 */
export async function confirmConsent(trx: Knex.Transaction, answered: Answered): Promise<number> {
  const { brand, contact, source, at, now } = answered;
  const given: NewConsent[] = [];
  for (const { standing, ...entry } of await answeredBy(trx, answered)) {
    const said = { ...entry, source, at };
    if (!isExpressed(standing.basis)) given.push({ ...said, action: 'granted', basis: 'express' });
    const confirms = isExpressed(standing.basis) && standing.confirmed ? 'reconfirmed' : 'confirmed';
    given.push({ ...said, action: confirms, basis: isExpressed(standing.basis) ? standing.basis : 'express' });
  }
  await recordConsents(trx, brand, contact, given, now, 'customer');
  return given.filter(({ action }) => action !== 'granted').length;
}

/** The person has said no to being asked: what the question was about is withdrawn. Returns how many consents. */
export async function declineConsent(trx: Knex.Transaction, answered: Answered): Promise<number> {
  const { brand, contact, source, at, now } = answered;
  const refused = (await answeredBy(trx, answered)).map(({ standing, ...entry }): NewConsent => ({
    ...entry,
    action: 'withdrawn',
    basis: standing.basis,
    source,
    at,
  }));
  await recordConsents(trx, brand, contact, refused, now, 'customer');
  return refused.length;
}

/** The consents in force that a question was about, with the text that was answered; while it is not kept, the one agreed to. */
async function answeredBy(
  trx: Knex.Transaction,
  { contact }: Answered,
): Promise<(Granted & { readonly wording: string })[]> {
  const request = await lastRequest(trx, contact);
  const asked = (await grantedOf(trx, contact)).filter(({ class: name }) => ASKED_CLASSES.includes(name));
  return Promise.all(
    asked.map(async (one) => ({ ...one, wording: request ?? (await wordingOf(trx, one.standing.ref)) })),
  );
}

export interface Started extends Omit<Answered, 'now'> {
  /** E.164. */
  readonly address: string;
}

/**
 * START gives back what the person had when the number was stopped, and nothing else: those consents are renewed. One that was
 * withdrawn since stays withdrawn, and none is made that never was. Call before the stop is lifted.
 */
export async function restoreAfterStart(
  trx: Knex.Transaction,
  tokenOf: TokenOf,
  { brand, contact, address, source, at }: Started,
  now: number,
): Promise<void> {
  const suppression = await findSuppression(trx, tokenOf, brand, address);
  // A START older than the STOP is not the last word.
  if (!suppression || at < suppression.stoppedAt) return;
  const then = new Set((await grantedOf(trx, contact, suppression.stoppedAt)).map(keyOf));
  const restored: NewConsent[] = [];
  for (const { standing, ...about } of await grantedOf(trx, contact)) {
    if (!then.has(keyOf(about)) || !isExpressed(standing.basis)) continue;
    const { basis, ref } = standing;
    restored.push({ ...about, action: 'reconfirmed', basis, wording: await wordingOf(trx, ref), source, at });
  }
  await recordConsents(trx, brand, contact, restored, now, 'customer');
}

interface Granted {
  readonly class: ConsentClass;
  readonly night: boolean;
  readonly standing: Extract<ConsentStanding, { state: 'granted' }>;
}

/** Consents of a contact that were in force at a moment, or are now. */
async function grantedOf(db: Db, contact: string, until = Infinity): Promise<Granted[]> {
  const { day, night } = consentsOf((await consentEvents(db, contact)).filter(({ at }) => at <= until));
  const granted = (of: typeof day, isNight: boolean): Granted[] =>
    CONSENT_CLASSES.flatMap((name) => {
      const standing = of[name];
      return standing?.state === 'granted' ? [{ class: name, night: isNight, standing }] : [];
    });
  return [...granted(day, false), ...granted(night, true)];
}

function keyOf({ class: name, night }: Pick<Granted, 'class' | 'night'>): string {
  return `${name} ${night}`;
}

async function wordingOf(db: Db, entry: string): Promise<string> {
  const row: { wording: string } | undefined = await db('consents').where({ id: entry }).first('wording');
  if (!row) throw new Error('an entry of the ledger vanished');
  return row.wording;
}

/** The text the person has answered, while it is kept. */
async function lastRequest(db: Db, contact: string): Promise<string | undefined> {
  const row: { body: string } | undefined = await db('messages')
    .where({ contact_id: contact })
    .whereIn('kind', [...CONSENT_QUESTIONS])
    .whereNotNull('submitted_at')
    .whereNotNull('body')
    .orderBy('submitted_at', 'desc')
    .first('body');
  return row?.body;
}
