/**
 * The plans of the statements that run on a database, with the rows they have read. PostgreSQL itself reports each plan after the
 * statement has run (auto_explain): also of statements inside a transaction, of cursors, triggers and functions, and of statements that
 * were prepared, whose plan may be another one than that of the same text with the values in it.
 */
import type { Client } from 'pg';
import type { Db } from '../db/connection/connect.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** A statement that has run. */
export interface SeenPlan {
  readonly text: string;
  readonly ms: number;
  /** The node at the top of the plan. */
  readonly root: string;
  readonly scans: readonly Scan[];
  /** Pages of 8 KB. */
  readonly buffers: number;
}

export interface Scan {
  readonly table: string;
  /** Rows that were looked at. */
  readonly rows: number;
  /** The table was read by a sequential scan. */
  readonly whole: boolean;
}

const SETTINGS: Readonly<Record<string, string>> = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_format': 'json',
  'auto_explain.log_level': 'notice',
};

/**
 * Makes PostgreSQL report the plans of all connections that are opened from now on to the database of `owner`, a
 * superuser.
 */
export async function reportPlans(owner: Db): Promise<void> {
  const { rows } = await owner.raw<{ rows: { name: string }[] }>('select current_database() as name');
  for (const [setting, value] of Object.entries(SETTINGS))
    await owner.raw(`alter database ?? set ${setting} = '${value}'`, [rows[0]?.name ?? '']);
}

/** The plans of all statements that run during `work`. */
export type Watch = (work: () => Promise<unknown>) => Promise<readonly SeenPlan[]>;

interface Clients {
  acquireRawConnection(): Promise<Client>;
}

/** Call before `db` has its first connection, and let one `work` run at a time. */
export function watchPlans(db: Db): Watch {
  let seen: SeenPlan[] = [];
  const clients = db.client as Clients;
  const connect = clients.acquireRawConnection.bind(clients);
  clients.acquireRawConnection = async () => {
    const connection = await connect();
    connection.on('notice', ({ message }) => {
      const [, ms, plan] = /^duration: ([\d.]+) ms {2}plan:\n([^]*)$/.exec(message ?? '') ?? [];
      if (plan !== undefined) seen.push(read(Number(ms), JSON.parse(plan) as Reported));
    });
    return connection;
  };
  return async (work) => {
    seen = [];
    await work();
    return seen;
  };
}

interface Reported {
  readonly 'Query Text': string;
  readonly Plan: PlanNode;
}

function read(ms: number, { 'Query Text': text, Plan: plan }: Reported): SeenPlan {
  return {
    text: text.replaceAll(/\s+/g, ' ').trim(),
    ms,
    root: rootOf(plan),
    scans: [...nodesOf(plan)].flatMap(scanOf),
    buffers: (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0),
  };
}

/** A node such as a limit does not tell which rows are read, so the node below it is named. */
function rootOf(node: PlanNode): string {
  const [only, ...others] = node.Plans ?? [];
  const passes = ['Limit', 'Result', 'Subquery Scan'].includes(node['Node Type']);
  return passes && only && others.length === 0 ? rootOf(only) : node['Node Type'];
}

function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.Plans ?? []) yield* nodesOf(child);
}

function scanOf(node: PlanNode): Scan[] {
  const table = node['Relation Name'];
  const loops = node['Actual Loops'] ?? 0;
  if (table === undefined || loops === 0 || !node['Node Type'].endsWith('Scan')) return [];
  const each =
    (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return [{ table, rows: Math.round(each * loops), whole: node['Node Type'] === 'Seq Scan' }];
}
