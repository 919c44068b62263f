/** Tells an unreachable database from a broken statement: the former is worth a retry, the latter is a bug. */
import type { Db } from './connect.ts';
import { isStalePlan } from './named-statements.ts';

/** Node's codes for a lost or refused connection. */
const NETWORK = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH'];
/** SQLSTATE classes: connection exception, insufficient resources (too many connections), operator intervention (shutdown). */
const SQLSTATE = /^(08|53|57P)/;

export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  if (!(error instanceof Error)) return false;
  if (error.name === 'KnexTimeoutError' || error.message === 'Connection terminated unexpectedly') return true;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return NETWORK.includes(code) || SQLSTATE.test(code);
}

/**
 * SQLSTATEs of a statement that the server ended so that others could go on: deadlock, serialization failure, lock time-out, statement
 * time-out, idle transaction. Nothing of it was stored, and a repeat soon may well succeed.
 */
const BUSY = ['40P01', '40001', '55P03', '57014', '25P03'];

export function isBusy(error: unknown): boolean {
  if (isStalePlan(error)) return true;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && BUSY.includes(error.code);
}

/** True if the database answers. */
export async function isDatabaseReachable(db: Db): Promise<boolean> {
  return db.raw('select 1').then(
    () => true,
    () => false,
  );
}

/** SQLSTATE of a statement that PostgreSQL ended to resolve a deadlock. */
const DEADLOCK = '40P01';
/** Tries. A transaction that fails this often in a row has another cause than a deadlock. */
const TRIES = 4;

/**
 * Repeats a transaction, or a single statement, that was ended because of a deadlock. Nothing of it was stored in
 * that case.
 */
export async function retryDeadlock<T>(run: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run();
    } catch (error) {
      if (tries === TRIES || !(error instanceof Error && 'code' in error && error.code === DEADLOCK)) throw error;
    }
  }
}
