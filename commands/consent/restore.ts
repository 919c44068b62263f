/** START and the like: lifts the stop of a number. */
import type { Knex } from 'knex';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Store, StoreInTransaction } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import { lockNumber } from '../../db/addresses/contact-lock.ts';
import { recordConsents } from '../../db/consent/consents.ts';
import type { NewConsent } from '../../db/consent/consents.ts';
import { findSuppression } from '../../db/consent/suppressions.ts';
import { changeSuppression } from '../../db/consent/change-suppression.ts';
import { CUSTOMER } from '../../domain/access/audit.ts';
import { isExpressed } from '../../domain/consent/consent.ts';
import { wordingOfEntry } from '../../db/consent/consent-texts.ts';
import { consentsInForce, keyOfConsent } from './consents-in-force.ts';
import type { StopActor, Stopping } from './stop.ts';
import { stopAuditEntryOf, suppressionSourceOf } from './stop.ts';

export interface Restoring extends Omit<Stopping, 'by'> {
  readonly by: Extract<StopActor, { kind: 'text' | 'page' | 'shop' }>;
  /** The customer's contact, if one is known. Consents belong to it. */
  readonly contact?: string | undefined;
  /** The shop's own name for the source, for the record. */
  readonly reason?: string;
}

export type Restored =
  | 'restored'
  /** No stop is in force. A START is stored all the same, because the STOP that it answers may arrive later. */
  | 'not_stopped'
  /** The shop asks, and a stop that it did not set is in force. Nothing was changed. */
  | 'not_by_shop';

/**
 * Lifts the stop of a number, with the entry in the audit log. The shop lifts its own stops only. Consents are renewed for a customer who
 * lifts the stop, and for nobody else: a shop cannot say yes for a person, so after its lift the consents are those of before, as old as
 * they are (docs/decisions/0109-who-lifts-a-stop.md).
 */
export async function restore(
  store: StoreInTransaction,
  { brand, address, by, contact, reason, at }: Restoring,
  now: number,
): Promise<Restored> {
  const { db: trx } = store;
  await lockNumber(trx, brand, address);
  const stands = await findSuppression(store, brand, address);
  const byShop = by.kind === 'shop';
  if (!stands && by.kind !== 'text') return 'not_stopped';
  if (byShop && stands?.byShop === false) return 'not_by_shop';
  const source = suppressionSourceOf(by);
  // A START that is older than the STOP does not lift it.
  const isAnswered = !byShop && stands !== undefined && at >= stands.stoppedAt;
  const renewed =
    isAnswered && contact !== undefined
      ? await renew(trx, { brand, contact, source, at, stoppedAt: stands.stoppedAt }, now)
      : [];
  await changeSuppression(store, { brand, address, state: 'lifted', source, byShop, at }, now);
  const { actor, subject, told } = await stopAuditEntryOf(trx, { brand, address, by });
  const before = { state: stands ? 'stopped' : 'lifted' };
  // A START that is older than the STOP is on record, and the stop stays.
  const state = (await findSuppression(store, brand, address)) ? 'stopped' : 'lifted';
  const after = { state, ...told, ...(renewed.length > 0 && { renewed }) };
  const about = { brand, actor, subject, before, after, ...(reason !== undefined && { reason }) };
  await recordAudit(trx, { ...about, action: 'lift_stop' }, now);
  return stands ? 'restored' : 'not_stopped';
}

export interface ShopRestoring extends Omit<Restoring, 'address' | 'contact' | 'by'> {
  readonly addresses: readonly string[];
  readonly by: Extract<StopActor, { kind: 'shop' }>;
}

/** Lifts the shop's stops of several numbers: of all of them, or of none. */
export async function restoreNumbers(
  store: Store,
  { addresses, ...asked }: ShopRestoring,
  now: number,
): Promise<Restored> {
  const { brand } = asked;
  // In the order in which all transactions lock numbers.
  const inOrder = addresses.toSorted();
  return inTransaction(store, async (own) => {
    for (const address of inOrder) {
      await lockNumber(own.db, brand, address);
      const stands = await findSuppression(own, brand, address);
      if (stands && !stands.byShop) return 'not_by_shop';
    }
    let sum: Restored = 'not_stopped';
    for (const address of inOrder)
      if ((await restore(own, { ...asked, address }, now)) === 'restored') sum = 'restored';
    return sum;
  });
}

interface Renewing {
  readonly brand: string;
  readonly contact: string;
  readonly source: string;
  readonly at: number;
  readonly stoppedAt: number;
}

/**
 * Renews the consents in words that the person had when the number was stopped. A consent that was withdrawn since
 * stays withdrawn, and a consent that never existed is not made. Returns the renewed classes.
 */
async function renew(
  trx: Knex.Transaction,
  { brand, contact, source, at, stoppedAt }: Renewing,
  now: number,
): Promise<readonly string[]> {
  const then = new Set((await consentsInForce(trx, contact, stoppedAt)).map(keyOfConsent));
  const renewed: NewConsent[] = [];
  for (const { consent, ...about } of await consentsInForce(trx, contact)) {
    if (!then.has(keyOfConsent(about)) || !isExpressed(consent.basis)) continue;
    const { basis, ref } = consent;
    renewed.push({ ...about, action: 'reconfirmed', basis, wording: await wordingOfEntry(trx, ref), source, at });
  }
  await recordConsents(trx, brand, contact, renewed, now, CUSTOMER);
  return [...new Set(renewed.map(({ class: name }) => name))];
}
