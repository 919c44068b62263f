/** The plans of what the product asks of a database with many rows. `npm run bench:scale` does the same with a million orders. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backlog } from '../../bench/scale-drain.ts';
import type { Filled } from '../../bench/scale-fill.ts';
import { fill } from '../../bench/scale-fill.ts';
import { bigTables, measure } from '../../bench/scale-measure.ts';
import type { Watch } from '../../bench/scale-plans.ts';
import { reportPlans, watchPlans } from '../../bench/scale-plans.ts';
import { hotStatements } from '../../bench/scale-statements.ts';
import type { Db } from '../../db/connection/connect.ts';
import { connect } from '../../db/connection/connect.ts';
import { claimFacts } from '../../db/orders/inbox.ts';
import { settle } from '../../db/outbox/outbox.ts';
import { loadStandardJourney } from '../../journeys/load.ts';
import { rules } from '../helpers/rules.ts';
import { tokenOf } from '../helpers/keys.ts';
import { brand } from '../helpers/ledger.ts';
import type { TestDatabase } from '../helpers/postgres.ts';
import { createTestDatabase } from '../helpers/postgres.ts';

/** With 100,000 facts of theirs, and 25,000 rows or more in every table that grows. */
const ORDERS = 25_000;
/** Prepared statements, which come more often, are looked at by the bench, but for those that once read all rows of a till only then. */
const TIMES = 2;
const TIMES_OF = new Map([['decisions of the till by kind', 9]]);
const NOW = Date.now();

const journey = loadStandardJourney();

let database: TestDatabase;
let owner: Db;
let db: Db;
let watch: Watch;
let filled: Filled;
let big: ReadonlySet<string>;
beforeAll(async () => {
  database = await createTestDatabase();
  owner = connect(database.migrationUrl, { poolMax: 2 });
  const plain = connect(database.url, { poolMax: 2 });
  filled = await fill({
    db: plain,
    owner,
    tokenOf,
    keywords: rules.keywords,
    journey,
    brand,
    orders: ORDERS,
    now: NOW,
  });
  await plain.destroy();
  await reportPlans(owner);
  db = connect(database.url, { poolMax: 2 });
  watch = watchPlans(db);
  big = await bigTables(owner);
});
afterAll(async () => {
  await db.destroy();
  await owner.destroy();
  await database.drop();
});

it('nothing that the product asks for reads a big table from its beginning, or more rows than belong to the answer', async () => {
  const found = [];
  for (const hot of await hotStatements({ db, tokenOf, rules, journey, brand, filled, now: NOW }))
    found.push(await measure(watch, big, hot, TIMES_OF.get(hot.name) ?? TIMES));
  expect(found.length).toBeGreaterThan(70);
  expect([...big]).toEqual(expect.arrayContaining(['orders', 'messages', 'inbox', 'consents', 'idempotency_keys']));
  // A part of it, for a month or for what belongs to none.
  expect([...big].filter((name) => name.startsWith('decisions_'))).not.toEqual([]);
  expect(found.filter(({ scanned, rows, most }) => scanned.length > 0 || rows > most)).toEqual([]);
  // A gate reads some texts of a till, and none of its 757 orders.
  expect(found.find(({ name }) => name === 'gate of a promotion to the till')?.rows).toBeLessThan(500);
});

it('a round of the drainer reads as little of a backlog of 40,000 facts at its end as at its beginning', async () => {
  await backlog(owner, filled, 40_000);
  const read: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    const plans = await watch(async () => {
      const claim = await claimFacts(db, 100);
      await settle(
        db,
        'fact',
        claim,
        claim.rows.map(({ row }) => row),
        NOW,
      );
    });
    read.push(plans.flatMap(({ scans }) => scans).reduce((sum, { rows }) => sum + rows, 0));
  }
  expect(read.filter((rows) => rows > 12_000)).toEqual([]);
});
