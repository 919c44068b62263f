import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import type { TestDatabase } from '../../helpers/postgres.ts';
import { createTestDatabase } from '../../helpers/postgres.ts';

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  // One connection, so that its prepared statements can be listed.
  db = connect(database.migrationUrl, { poolMax: 1 });
  await db.raw('create table things (id int, name text)');
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function named(): Promise<readonly string[]> {
  const { rows } = await db.raw<{ rows: { statement: string }[] }>('select statement from pg_prepared_statements');
  return rows.map(({ statement }) => statement);
}

it('a statement that is asked again and again is planned once, and answers as before', async () => {
  const answers: unknown[] = [];
  for (const value of [1, 2, 3, 4, 5])
    answers.push((await db.raw<{ rows: unknown[] }>('select cast(:value as int) + 1 as next', { value })).rows[0]);
  expect(answers).toEqual([2, 3, 4, 5, 6].map((next) => ({ next })));
  expect(await named()).toEqual(['select cast($1 as int) + 1 as next']);
});

it('texts that come once or twice get no name, nor do several statements in one text', async () => {
  const before = await named();
  for (const count of [1, 2, 3, 4])
    await db('things').insert(Array.from({ length: count }, (_, id) => ({ id, name: `${id}` })));
  for (let time = 0; time < 4; time += 1) await db.raw('select 1; select 2');
  expect(await named()).toEqual(before);
});

it('a text with the values of many rows gets no name, however often it comes', async () => {
  const before = await named();
  for (let time = 0; time < 5; time += 1)
    await db('things').insert(Array.from({ length: 40 }, (_, id) => ({ id, name: `${id}` })));
  expect(await named()).toEqual(before);
});

it('texts that come once each, such as the cursors of exports, take no name away from one that comes later', async () => {
  for (let text = 0; text < 1_100; text += 1) await db.raw(`select ${text} + cast(? as int)`, [1]);
  for (let time = 0; time < 3; time += 1) await db.raw("select 'later' || cast(? as text)", ['!']);
  expect(await named()).toContain("select 'later' || cast($1 as text)");
});

it('a statement whose table a migration has changed fails at most once', async () => {
  const read = () => db('things').where({ id: 1 }).select('*');
  for (let time = 0; time < 4; time += 1) await read();
  await db.raw('alter table things add column colour text');
  await expect(read()).rejects.toThrow('cached plan');
  const [first] = await read();
  expect(first).toHaveProperty('colour');
});

it('a mistake in a statement is told at every call, and the connection goes on', async () => {
  for (let time = 0; time < 4; time += 1)
    await expect(db.raw('select cast(:value as int) / 0 as x', { value: 1 })).rejects.toThrow('division by zero');
  for (let time = 0; time < 4; time += 1)
    await expect(db.raw('select :value from nowhere', { value: 1 })).rejects.toThrow('nowhere');
  expect((await db.raw<{ rows: unknown[] }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
});
