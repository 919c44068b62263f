/** Copies an order with all its rows, directly in the database, to measure what many orders take. */
import type { Db } from '../db/connection/connect.ts';

/** Tables whose rows belong to one order. Rows of persons, of brands and of the service are in other tables. */
export const PER_ORDER = [
  'orders',
  'items',
  'parcels',
  'inbox',
  'messages',
  'attempts',
  'statuses',
  'decisions',
  'inbound_messages',
] as const;
type Table = (typeof PER_ORDER)[number];

/** Ids of copy `n`. A random id stays random, so that its index has the shape that it has in use. */
const uuid = (column: string): string => `md5(t.${column}::text || n)::uuid`;
const number = (column: string): string => `t.${column} + n * 1000000::bigint`;
const CONTACT = { contact_id: uuid('contact_id') };
const ORDER = { order_id: "t.order_id || '-' || n" };
const SENT = { client_ref: 'md5(t.client_ref || n)', provider_id: 'md5(t.provider_id || n)::uuid::text' };

/** Columns that differ from copy to copy; the others are copied. */
const OWN: Readonly<Record<Table | 'contacts' | 'conversations', Readonly<Record<string, string>>>> = {
  contacts: { id: uuid('id'), external_id: 'null' },
  conversations: { id: uuid('id'), ...CONTACT },
  orders: { id: "t.id || '-' || n", ...CONTACT },
  items: ORDER,
  parcels: ORDER,
  inbox: { id: number('id'), ...ORDER },
  messages: { id: uuid('id'), ...CONTACT, ...ORDER },
  attempts: { id: number('id'), message_id: uuid('message_id'), ...SENT },
  statuses: { id: number('id'), attempt_id: number('attempt_id'), ...SENT },
  decisions: { id: number('id'), ...CONTACT, ...ORDER },
  inbound_messages: {
    id: uuid('id'),
    conversation_id: uuid('conversation_id'),
    provider_id: SENT.provider_id,
    ...ORDER,
  },
};

/** Copies every order of the database `count` times, as the owner of the tables. */
export async function copyOrders(db: Db, count: number): Promise<void> {
  for (const [table, own] of Object.entries(OWN)) {
    const { rows } = await db.raw<{ rows: { name: string }[] }>(
      `select column_name as name from information_schema.columns
        where table_schema = 'public' and table_name = ? and is_generated = 'NEVER' order by ordinal_position`,
      [table],
    );
    // All columns of a table are read before the first is written: the copies themselves are not copied.
    const names = rows.map(({ name }) => name);
    const values = names.map((name) => own[name] ?? `t.${name}`);
    await db.raw(
      `insert into ${table} (${names.join(', ')}) overriding system value
         select ${values.join(', ')} from generate_series(1, ${count}) n cross join ${table} t order by n`,
    );
  }
}

/** Bytes of each table with its indexes and partitions. */
export async function bytesOf(
  db: Db,
  tables: readonly string[],
): Promise<ReadonlyMap<string, { rows: number; heap: number; all: number }>> {
  const found = new Map<string, { rows: number; heap: number; all: number }>();
  for (const table of tables) {
    const { rows } = await db.raw<{ rows: { heap: number; all: number; rows: number }[] }>(
      `select sum(pg_table_size(t.relid))::bigint as heap, sum(pg_total_relation_size(t.relid))::bigint as all,
          (select count(*) from ${table}) as rows
         from (select '${table}'::regclass as relid union select relid from pg_partition_tree('${table}')) t`,
    );
    if (rows[0]) found.set(table, rows[0]);
  }
  return found;
}
