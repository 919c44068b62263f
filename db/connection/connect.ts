import type { Knex } from 'knex';
import knex from 'knex';
import pg from 'pg';
import { KnownTextsClient } from './known-texts.ts';
import { namesStatements } from './named-statements.ts';
import { WITHOUT_LIMITS, endsUnanswered } from './unanswered.ts';

/** A database handle or an open transaction: what every function of db/ takes first. */
export type Db = Knex;

/** bigint columns are ids and minor units, far below 2^53 here; a larger one is refused rather than rounded. */
function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('bigint column above 2^53');
  return value;
}

export interface PoolSettings {
  readonly poolMax?: number;
  /** The server ends a statement after this time, ms. Absent: there is no limit. */
  readonly statementMs?: number;
  /**
   * The server has this long after `statementMs` to report that it ended the statement, ms. Then the connection is
   * given up.
   */
  readonly answerMs?: number;
  /** The server ends a statement that waits longer for a row, a table or an advisory lock, ms. */
  readonly lockMs?: number;
  /**
   * The server ends a transaction that is idle for longer, ms. The process behind it hangs, and others wait for its
   * locks.
   */
  readonly idleInTransactionMs?: number;
}

/**
 * Connects to PostgreSQL. `min: 0` lets idle connections go (knex's own advice): a pool that keeps them hands out dead ones
 * after a database restart.
 */
export function connect(url: string, settings: PoolSettings = {}): Knex {
  const { poolMax = 10, statementMs = 0, answerMs = 5_000, lockMs = 0, idleInTransactionMs = 0 } = settings;
  const nameStatements = namesStatements();
  const endUnanswered = endsUnanswered(statementMs + answerMs);
  return knex({
    client: KnownTextsClient,
    connection: {
      connectionString: url,
      // Finds a dead connection even if no statement runs on it.
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types: { getTypeParser: bigintAsNumber },
      ...(statementMs > 0 && { statement_timeout: statementMs }),
      ...(lockMs > 0 && { lock_timeout: lockMs }),
      ...(idleInTransactionMs > 0 && { idle_in_transaction_session_timeout: idleInTransactionMs }),
    },
    pool: {
      min: 0,
      max: poolMax,
      afterCreate: (connection: pg.Client, done: (error: unknown, connection: pg.Client) => void) => {
        nameStatements(connection);
        if (statementMs > 0) endUnanswered(connection);
        done(undefined, connection);
      },
    },
    acquireConnectionTimeout: 10_000,
    log: SILENT,
  });
}

/** Runs statements that may take long, such as a sweep's, in a transaction without the pool's limits. */
export function withoutTimeLimits<T>(db: Db, run: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  return db.transaction(async (trx) => {
    await trx.raw(WITHOUT_LIMITS);
    return run(trx);
  });
}

/** knex also throws each message that it would print, and the caller knows which of them may be logged. */
const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} };

const INT8 = 20;

function bigintAsNumber(oid: number, format?: string): (value: string) => unknown {
  return oid === INT8 ? parseBigint : pg.types.getTypeParser(oid, format as 'text');
}
