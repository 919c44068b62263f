import type { Knex } from 'knex';
import knex from 'knex';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import type { TestDatabase } from '../../helpers/postgres.ts';
import { createTestDatabase } from '../../helpers/postgres.ts';

let database: TestDatabase;
let db: Db;
const plain = knex({ client: 'pg' });
beforeAll(async () => {
  database = await createTestDatabase();
  db = connect(database.url, { poolMax: 2 });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

const NOW = new Date(0);
const CASES: readonly (readonly [string, object])[] = [
  ['select :a, :b, :a', { a: 1, b: 'x' }],
  ['select :a::int, cast(:b as text), c::text', { a: 1, b: null }],
  ["select '10:30', :at, :list, :bytes, :yes", { at: NOW, list: [1, 'x', null], bytes: Buffer.from('x'), yes: true }],
  ["select :a where x \\? 'y' and z = :b", { a: 1, b: 2 }],
  ['select \\:a, :b', { a: 1, b: 2 }],
  ['select :a: from t where :a: = :b', { a: 'column', b: 2 }],
  ['select :of', { of: { kind: 'json' } }],
  ['select :raw, :b', { raw: plain.raw('now() + ?', [1]), b: 2 }],
  ['select :rows', { rows: [[1, 2], [3]] }],
];

it('a text with named values becomes what knex makes of it, at its first call and at later ones', () => {
  for (const [text, values] of CASES)
    for (let time = 0; time < 3; time += 1) {
      const ours = db.raw(text, values as Knex.ValueDict).toSQL();
      const knexs = plain.raw(text, values as Knex.ValueDict).toSQL();
      expect([ours.sql, ours.bindings]).toEqual([knexs.sql, knexs.bindings]);
      expect(db.client.positionBindings(ours.sql)).toBe(plain.client.positionBindings(knexs.sql));
    }
});

it('a word after a colon is no value in one call and a value in the next', async () => {
  const ask = async (values: Readonly<Record<string, unknown>>) =>
    (await db.raw<{ rows: unknown[] }>('select cast(:a as int)::text as a', values as never)).rows;
  expect(await ask({ a: 1 })).toEqual([{ a: '1' }]);
  expect(await ask({ a: 2, unused: 3 })).toEqual([{ a: '2' }]);
  await expect(ask({ a: 1, text: 2 })).rejects.toThrow('syntax error');
  expect(await ask({ a: 3 })).toEqual([{ a: '3' }]);
});

it('a value that is undefined is refused at every call, also inside of a list', async () => {
  const text = 'select cast(:a as text[]), cast(:b as int)';
  const fresh = 'select cast(:a as int), 1';
  await expect(db.raw(fresh, { a: undefined } as never)).rejects.toThrow('Undefined binding');
  await db.raw(fresh, { a: 1 });
  await db.raw(text, { a: ['x'], b: 1 });
  for (let time = 0; time < 3; time += 1) {
    await expect(db.raw(text, { a: ['x'], b: undefined } as never)).rejects.toThrow('Undefined binding');
    await expect(db.raw(text, { a: ['x', undefined], b: 1 } as never)).rejects.toThrow('Undefined binding');
  }
});

it('a text is remembered within a transaction, and as a part of another statement', async () => {
  const text = 'cast(:a as int) + cast(:b as int)';
  for (const a of [1, 2, 3])
    await db.transaction(async (trx) => {
      const { rows } = await trx.raw<{ rows: unknown[] }>(`select ${text} as sum`, { a, b: 1 });
      expect(rows).toEqual([{ sum: a + 1 }]);
      expect(await trx.select(trx.raw(`${text} as sum`, { a, b: 2 })).whereRaw('1 = ?', [1])).toEqual([{ sum: a + 2 }]);
    });
});

it('texts of which each comes once do not pile up, and those that come again answer as before', async () => {
  for (let text = 0; text < 1_100; text += 1) db.raw(`select ${text}, :a`, { a: 1 }).toSQL();
  expect(db.raw('select 1, :a', { a: 1 }).toSQL()).toMatchObject({ sql: 'select 1, ?', bindings: [1] });
});

it('a statement that fails gives its connection back, and so does one whose answer a listener looks at', async () => {
  const alone = connect(database.url, { poolMax: 1 });
  const heard: string[] = [];
  for (const name of ['query', 'query-error', 'query-response'] as const)
    alone.on(name, (_: unknown, { sql }: { sql?: string } = {}) =>
      heard.push(sql === undefined ? name : `${name} of it`),
    );
  try {
    for (let time = 0; time < 3; time += 1)
      await expect(alone.raw('select 1 / cast(:a as int)', { a: 0 })).rejects.toMatchObject({ code: '22012' });
    expect(heard).toEqual(Array.from({ length: 3 }, () => ['query', 'query-error of it']).flat());
    heard.length = 0;
    const { rows } = await alone.raw<{ rows: unknown[] }>('select 1 / cast(:a as int) as one', { a: 1 });
    expect(rows).toEqual([{ one: 1 }]);
    expect(heard).toEqual(['query', 'query-response of it']);
  } finally {
    await alone.destroy();
  }
});

it('a statement is asked on the connection that its caller names', async () => {
  const connection: unknown = await db.client.acquireConnection();
  try {
    const ask = () => db.raw<{ rows: { pid: number }[] }>('select pg_backend_pid() as pid where :a = 1', { a: 1 });
    const { rows: own } = await ask().connection(connection);
    expect((await ask()).rows).not.toEqual(own);
    expect((await ask().connection(connection)).rows).toEqual(own);
  } finally {
    await db.client.releaseConnection(connection);
  }
});
