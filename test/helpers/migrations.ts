import { readdirSync } from 'node:fs';
import type { Knex } from 'knex';
import type { Db } from '../../db/connection/connect.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);

interface Migration {
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/** The migrations from a file on (`20261130`), to go back behind them and forth again on a database that has them all. */
export async function migrationsFrom(
  first: string,
): Promise<{ down(db: Db): Promise<void>; up(db: Db): Promise<void> }> {
  const files = readdirSync(FOLDER)
    .filter((file) => file >= first)
    .toSorted();
  const all = await Promise.all(files.map((file) => import(new URL(file, FOLDER).href) as Promise<Migration>));
  const run = async (db: Db, steps: readonly ((knex: Knex) => Promise<void>)[]): Promise<void> => {
    for (const step of steps) await db.transaction((trx) => step(trx));
  };
  return {
    down: (db) =>
      run(
        db,
        all.toReversed().map(({ down }) => down),
      ),
    up: (db) =>
      run(
        db,
        all.map(({ up }) => up),
      ),
  };
}
