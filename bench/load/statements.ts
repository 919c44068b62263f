/** The cost of each of the service's statements for PostgreSQL, by pg_stat_statements. */
import { withClient } from '../../dev/servers/postgres.ts';

export interface StatementCost {
  readonly text: string;
  readonly calls: number;
  readonly execMs: number;
  readonly planMs: number;
  readonly walBytes: number;
  /**
   * Pages of 8 KB, from disk or from memory. Unlike the time of a statement, this number does not depend on the load
   * of the machine.
   */
  readonly pages: number;
}

export async function forgetStatements(ownerUrl: string): Promise<void> {
  await withClient(ownerUrl, (client) => client.query('select pg_stat_statements_reset()'));
}

/** The dearest statements come first. Only those of the service's role are listed, so the bench's own are left out. */
export async function statementCosts(ownerUrl: string): Promise<readonly StatementCost[]> {
  const { rows } = await withClient(ownerUrl, (client) =>
    client.query<StatementCost>(
      `select min(query) as text, sum(calls)::float8 as calls, sum(total_exec_time) as "execMs", sum(total_plan_time) as "planMs",
              sum(wal_bytes)::float8 as "walBytes", sum(shared_blks_hit + shared_blks_read)::float8 as pages
         from pg_stat_statements s join pg_roles r on r.oid = s.userid where r.rolname = 'dopo_service'
        group by queryid order by sum(total_exec_time + total_plan_time) desc`,
    ),
  );
  return rows;
}

/** The beginning of a text and the table that it writes to, because many statements begin alike. */
export function shortened(text: string, length = 70): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const tables = [...line.matchAll(/\b(?:insert into|update|delete from) "?(\w+)"?/g)].map(([, table]) => table);
  const written = [...new Set(tables)].filter((table) => table !== 'skip' && table !== 'set').join(', ');
  return written === '' ? line.slice(0, length) : `[${written}] ${line.slice(0, length)}`;
}
