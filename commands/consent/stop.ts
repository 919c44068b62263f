/** STOP: nothing more is sent to a number. The way back is restore.ts. */
import type { Knex } from 'knex';
import type { AuditSubject } from '../../domain/access/audit.ts';
import { CUSTOMER, PROVIDER } from '../../domain/access/audit.ts';
import { maskPhone } from '../../domain/contacts/phone.ts';
import { recordAudit } from '../../db/access/record-audit.ts';
import type { Store, StoreInTransaction } from '../../db/addresses/store.ts';
import { inTransaction } from '../../db/addresses/store.ts';
import { lockNumber } from '../../db/addresses/contact-lock.ts';
import type { Db } from '../../db/connection/connect.ts';
import { findSuppression } from '../../db/consent/suppressions.ts';
import { changeSuppression, stopAllToErase } from '../../db/consent/change-suppression.ts';
import { contactOfAddress } from '../../db/contacts/contacts.ts';

/** The person or system that stops a number or lifts a stop, and the way. */
export type StopActor =
  /** `inbound`: the id of the text. */
  | { readonly kind: 'text'; readonly inbound: string }
  | { readonly kind: 'page' }
  /** The shop, with an API key. `source` is in the shop's own words. */
  | { readonly kind: 'shop'; readonly key: string; readonly source: string }
  /** The provider has refused the number with this code. */
  | { readonly kind: 'provider'; readonly code: string }
  /** `actor`: the person or system that has asked for the erasure. */
  | { readonly kind: 'erasure'; readonly actor: string };

export interface Stopping {
  readonly brand: string;
  /** E.164. */
  readonly address: string;
  readonly by: StopActor;
  /** When it was said, epoch ms. */
  readonly at: number;
}

/** The source of a stop that is made by an erasure, to tell it from a stop by the customer. */
export const STOPPED_BY_ERASURE = 'erasure';

/**
 * Stops a number for a whole brand, with the entry in the audit log. Every message asks the gate before it is sent,
 * and the gate's version moves, so queued messages end and no run has to be told. The consent ledger is not changed,
 * because a stop outranks it. A repeated stop is stored again, because a START from between the two may arrive later.
 * Returns false, and adds no entry, in one case: the button of the page was pressed while a stop is in force that the shop cannot lift.
 */
export async function stop(
  store: StoreInTransaction,
  { brand, address, by, at }: Stopping,
  now: number,
): Promise<boolean> {
  const { db: trx } = store;
  await lockNumber(trx, brand, address);
  const stands = await findSuppression(store, brand, address);
  const change = { brand, address, source: suppressionSourceOf(by), byShop: by.kind === 'shop', at } as const;
  await changeSuppression(store, { ...change, state: 'stopped' }, now);
  if (by.kind === 'page' && stands && !stands.byShop) return false;
  const entry = await stopAuditEntryOf(trx, { brand, address, by });
  const before = { state: stands ? 'stopped' : 'lifted' };
  const after = { state: 'stopped', ...entry.told };
  const { actor, subject } = entry;
  await recordAudit(trx, { brand, actor, action: 'stop_messages', subject, before, after }, now);
  return true;
}

/** Stops several numbers in one transaction. */
export async function stopNumbers(
  store: Store,
  { addresses, ...said }: Omit<Stopping, 'address'> & { readonly addresses: readonly string[] },
  now: number,
): Promise<void> {
  await inTransaction(store, async (own) => {
    // In the order in which all transactions lock numbers.
    for (const address of addresses.toSorted()) await stop(own, { ...said, address }, now);
  });
}

/**
 * Stops the numbers of all persons of a brand whose erasure was just requested, in one statement: one statement per
 * number would hold the locks of 100,000 numbers for minutes. The audit log has the entry of the erasure, about the
 * brand.
 */
export async function stopErasedOf(trx: Knex.Transaction, brand: string, now: number): Promise<void> {
  await stopAllToErase(trx, brand, STOPPED_BY_ERASURE, now);
}

/** `suppressions.source`. */
export function suppressionSourceOf(by: StopActor): string {
  switch (by.kind) {
    case 'text':
      return `inbound:${by.inbound}`;
    case 'page':
      return 'page';
    case 'shop':
      return by.source;
    case 'provider':
      return `provider:${by.code}`;
    case 'erasure':
      return STOPPED_BY_ERASURE;
  }
}

/** The detail of an entry of the audit log besides the states. The source of a shop is left out: it may hold the shop's own words. */
export async function stopAuditEntryOf(
  trx: Db,
  { brand, address, by }: Omit<Stopping, 'at'>,
): Promise<{ readonly actor: string; readonly subject: AuditSubject; readonly told: object }> {
  const contact = await contactOfAddress(trx, brand, address);
  const number = maskPhone(address);
  const subject: AuditSubject =
    contact === undefined ? { kind: 'address', id: number } : { kind: 'contact', id: contact };
  const told = { number, by: by.kind };
  switch (by.kind) {
    case 'text':
      return { actor: CUSTOMER, subject, told: { ...told, inbound: by.inbound } };
    case 'page':
      return { actor: CUSTOMER, subject, told };
    case 'shop':
      return { actor: by.key, subject, told };
    case 'provider':
      return { actor: PROVIDER, subject, told: { ...told, code: by.code } };
    case 'erasure':
      return { actor: by.actor, subject, told };
  }
}
