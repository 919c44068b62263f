/** The first steps of erasing a person: stopped numbers, and no run that starts. Each can be done again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CALL_ENDS_WITHIN } from '../../domain/sending/outbox.ts';
import type { StoreInTransaction } from '../../db/addresses/store.ts';
import type { Db } from '../../db/connection/connect.ts';
import { lastSaid } from '../../db/consent/suppressions.ts';
import type { PersonToErase } from '../../db/privacy/erase-person.ts';
import { numbersOf, takeFromDrainer } from '../../db/privacy/erase-person.ts';
import { STOPPED_BY_ERASURE, stop } from '../consent/stop.ts';

/** Stops every number of a person that an erasure has not stopped yet. Returns how many there are. `actor`: who asked for the erasure. */
export async function stopNumbersOf(
  store: StoreInTransaction,
  { brand, contact, actor }: PersonToErase & { readonly actor: string },
  now: number,
): Promise<number> {
  const { db: trx, tokenOf } = store;
  const numbers = await numbersOf(trx, contact);
  for (const address of numbers) {
    const last = await lastSaid(trx, brand, tokenOf(brand, address));
    if (last?.state !== 'stopped' || last.source !== STOPPED_BY_ERASURE)
      await stop(store, { brand, address, by: { kind: 'erasure', actor }, at: now }, now);
  }
  return numbers.length;
}

/**
 * Takes a person's orders away from the drainer and from callers: from here on nothing starts a workflow of theirs or tells one. A call
 * that is under way is waited for. Returns the ids of all of them: their runs are to be ended.
 */
export async function closeOrders(db: Db, person: PersonToErase, now: number): Promise<readonly string[]> {
  const { orders, beingTold } = await takeFromDrainer(db, person, now);
  if (beingTold) await sleep(CALLS_END_WITHIN);
  return orders;
}

/**
 * Slightly longer than a call of the drainer can take. If the process with the claim has died, nothing happens during
 * this wait.
 */
const CALLS_END_WITHIN = CALL_ENDS_WITHIN + 1_000;
