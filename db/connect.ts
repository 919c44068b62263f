import type { Knex } from 'knex';
import knex from 'knex';
import pg from 'pg';

/** A database handle or an open transaction: what every function of db/ takes first. */
export type Db = Knex;

/** bigint columns are ids and minor units, far below 2^53 here; a larger one is refused rather than rounded. */
function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('bigint column above 2^53');
  return value;
}

/**
 * Connects to PostgreSQL. `min: 0` lets idle connections go (knex's own advice): a pool that keeps them hands out dead ones
 * after a database restart.
 */
export function connect(url: string, { poolMax = 10 }: { poolMax?: number } = {}): Knex {
  return knex({
    client: 'pg',
    connection: { connectionString: url, types: { getTypeParser: bigintAsNumber } },
    pool: { min: 0, max: poolMax },
    acquireConnectionTimeout: 10_000,
    log: SILENT,
  });
}

/** Whatever knex would print it also throws, to somebody who knows what may be logged. */
const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} };

const INT8 = 20;

function bigintAsNumber(oid: number, format?: string): (value: string) => unknown {
  return oid === INT8 ? parseBigint : pg.types.getTypeParser(oid, format as 'text');
}
