import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Db } from '../../../db/connection/connect.ts';
import { connect, withoutTimeLimits } from '../../../db/connection/connect.ts';
import type { NetworkRoute } from '../../drills/restart/network.ts';
import { openRoute } from '../../drills/restart/network.ts';
import type { TestDatabase } from '../../helpers/postgres.ts';
import { createTestDatabase } from '../../helpers/postgres.ts';

const NO_ANSWER = { code: 'ETIMEDOUT', message: expect.stringContaining('the database does not answer') as string };

/** Together long for a server that answers on a busy machine, and short for one that does not. */
const LIMITS = { statementMs: 500, answerMs: 500 };

let database: TestDatabase;
let route: NetworkRoute;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  const direct = new URL(database.url);
  route = await openRoute(Number(direct.port || 5432));
  db = connect(Object.assign(new URL(direct), { host: route.address }).href, { poolMax: 2, ...LIMITS });
});
afterAll(async () => {
  await db.destroy();
  route.close();
  await database.drop();
});

it('a statement whose answer is lost on the way fails, and the pool takes a connection that is whole', async () => {
  const { rows: one } = await db.raw<{ rows: object[] }>('select 1 as n');
  expect(one).toEqual([{ n: 1 }]);
  route.lose();
  await expect(db.raw('select 2')).rejects.toMatchObject(NO_ANSWER);
  const { rows } = await db.raw<{ rows: object[] }>('select 3 as n');
  expect(rows).toEqual([{ n: 3 }]);
});

it('a transaction on a connection that is lost fails and gives its place in the pool back', async () => {
  for (let nth = 0; nth < 2; nth += 1)
    await expect(
      db.transaction(async (trx) => {
        await trx.raw('select 1');
        route.lose();
        await trx.raw('select 2');
      }),
    ).rejects.toMatchObject(NO_ANSWER);
  expect(await Promise.all([db.raw('select 1'), db.raw('select 1')])).toHaveLength(2);
});

it('work without limits is not cut, nor what comes after a savepoint of it, and the connection has its limit back afterwards', async () => {
  const { rows } = await withoutTimeLimits(db, async (trx) => {
    await trx.transaction((inner) => inner.raw('select 1'));
    await trx.raw('select pg_sleep(1.5)');
    return trx.raw<{ rows: object[] }>('select 4 as n');
  });
  expect(rows).toEqual([{ n: 4 }]);
  route.lose();
  await expect(db.raw('select 5')).rejects.toMatchObject(NO_ANSWER);
});
