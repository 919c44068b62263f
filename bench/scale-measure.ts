/**
 * Runs the functions of scale-statements.ts and adds up the rows that their statements have read from the big tables.
 */
import type { Db } from '../db/connection/connect.ts';
import type { Watch } from './scale-plans.ts';
import type { Hot } from './scale-statements.ts';

export interface Measured {
  readonly name: string;
  readonly most: number;
  readonly statements: number;
  /** Rows of the statement that has read most. */
  readonly root: string;
  readonly rows: number;
  readonly buffers: number;
  readonly ms: number;
  /** Big tables that were read by a sequential scan. */
  readonly scanned: readonly string[];
  /** The beginning of the statement that has read most. */
  readonly text: string;
}

/** A smaller table is read as a whole, whatever indexes it has. */
const BIG = 2_000;

/** Tables, and partitions of tables, that have many rows by the statistics. */
export async function bigTables(owner: Db): Promise<ReadonlySet<string>> {
  const { rows } = await owner.raw<{ rows: { name: string }[] }>(
    `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples > ${BIG}`,
  );
  return new Set(rows.map(({ name }) => name));
}

/**
 * Runs a function several times and returns the worst result. PostgreSQL plans a prepared statement without its
 * values after five runs with them, and a statement is prepared from its third run on
 * (db/connection/named-statements.ts).
 */
export async function measure(
  watch: Watch,
  big: ReadonlySet<string>,
  { name, most, run }: Hot,
  times: number,
): Promise<Measured> {
  let worst: Measured | undefined;
  for (let time = 0; time < times; time += 1) {
    const plans = await watch(run);
    const read = plans.map((plan) => {
      const scans = plan.scans.filter(({ table }) => big.has(table));
      return { ...plan, scans, rows: scans.reduce((sum, { rows }) => sum + rows, 0) };
    });
    const sum = (of: (plan: (typeof read)[number]) => number): number =>
      read.reduce((total, plan) => total + of(plan), 0);
    const [first] = read.toSorted((a, b) => b.rows - a.rows || b.ms - a.ms);
    const one: Measured = {
      name,
      most,
      statements: plans.length,
      root: first?.root ?? '',
      rows: sum(({ rows }) => rows),
      buffers: sum(({ buffers }) => buffers),
      ms: sum(({ ms }) => ms),
      scanned: read.flatMap(({ scans }) => scans.filter(({ whole }) => whole).map(({ table }) => table)),
      text: first?.text.slice(0, 200) ?? '',
    };
    if (!worst || one.scanned.length > worst.scanned.length || one.rows > worst.rows) worst = one;
  }
  if (!worst) throw new RangeError('measured no time');
  return worst;
}
