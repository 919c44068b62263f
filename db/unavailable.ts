/** Tells an unreachable database from a broken statement: the former is worth a retry, the latter is a bug. */
import type { Db } from './connect.ts';

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

/** True if the database answers. */
export async function isReachable(db: Db): Promise<boolean> {
  return db.raw('select 1').then(
    () => true,
    () => false,
  );
}
