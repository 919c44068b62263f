/** Counts the rows that a statement looks at. */
import type { Knex } from 'knex';
import type { Db } from '../../db/connection/connect.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** Rows that all scans of tables and indexes have looked at. Runs the statement. */
export async function rowsRead(db: Db, sql: string, bindings: Knex.ValueDict | readonly Knex.Value[]): Promise<number> {
  const explain = `explain (analyze, costs off, timing off, format json) ${sql}`;
  const { rows } = await db.raw<{ rows: { 'QUERY PLAN': [{ Plan: PlanNode }] }[] }>(explain, bindings);
  return readBy(rows[0]?.['QUERY PLAN'][0].Plan);
}

function readBy(node: PlanNode | undefined): number {
  if (!node) return Infinity;
  const own = /(Seq|Index|Bitmap).*Scan/.test(node['Node Type'])
    ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
    : 0;
  return own + (node.Plans ?? []).reduce((sum, child) => sum + readBy(child), 0);
}
