/**
 * `npm run bench:lanes [-- MESSAGES [AT_ONCE]]`: how many messages a second reserve tokens in the lane of the
 * account, whose row every send locks. The rate of the lane is far above that, so the database is measured and not
 * the limit.
 */
import { loadBrand } from '../brands/load.ts';
import { saveBrand } from '../commands/orders/save-brand.ts';
import type { Db } from '../db/connection/connect.ts';
import { connect } from '../db/connection/connect.ts';
import { saveLane } from '../db/sending/lanes/lanes.ts';
import { batchedReads } from '../db/sending/ledger/ledger-message.ts';
import { timestamp } from '../db/connection/timestamp.ts';
import type { Brand } from '../domain/orders/brand.ts';
import { DAY } from '../domain/time/duration.ts';
import { BASE_CHANNEL } from '../domain/sending/message.ts';
import { accountLane } from '../domain/sending/lane.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import { startPostgres } from '../dev/servers/postgres.ts';

const messages = Number(process.argv[2] ?? 10_000);
/** Brands that send at one time; each has a share of the lane. */
const BRANDS = 4;
/** Sends at a time, of two workers. */
const atOnce = Number(process.argv[3] ?? 40);
const WORKERS = 2;
const RATE = 100_000;
/** Messages before the measured ones: the first calls of a statement include its planning. */
const WARM_UP = 500;

const postgres = await startPostgres();
await migrateLatest({ ...postgres, databaseUrl: postgres.url });
const db = connect(postgres.url, { poolMax: atOnce });
const demo = loadBrand(new URL('../demo/brand.yaml', import.meta.url), 'demo/brand.yaml');
const now = Date.now();
await saveLane(db, accountLane(RATE));
const ids: string[] = [];
for (let number = 0; number < BRANDS; number++)
  ids.push(
    ...(await plannedMessages(
      db,
      { ...demo, id: `brand-${number}`, sender: `+3933999570${10 + number}`, senders: {} },
      Math.ceil((messages + WARM_UP) / BRANDS),
    )),
  );
await reserveAll(ids.splice(0, WARM_UP));
const begun = performance.now();
const granted = await reserveAll(ids);
const perSecond = Math.round((ids.length / (performance.now() - begun)) * 1000);
console.log(
  `${ids.length} reservations of ${BRANDS} brands, ${atOnce} at a time: ${perSecond} a second, ${granted} granted at once`,
);
console.log(JSON.stringify({ perSecond }));
await db.destroy();
await postgres.stop();

/** The number of granted turns. Brands take turns, as their sends do. */
async function reserveAll(all: readonly string[]): Promise<number> {
  const left = all.values();
  let count = 0;
  const workers = Array.from({ length: WORKERS }, () => batchedReads(db));
  const sender = async (read: ReturnType<typeof batchedReads>): Promise<void> => {
    for (const id of left) {
      const found = await read(id, now + Math.floor(performance.now()), ['planned']);
      if (found?.reservation?.kind === 'granted') count += 1;
    }
  };
  await Promise.all(workers.flatMap((read) => Array.from({ length: atOnce / WORKERS }, () => sender(read))));
  return count;
}

/** A brand, and order news for as many customers as messages. */
async function plannedMessages(to: Db, brand: Brand, count: number): Promise<readonly string[]> {
  await saveBrand(to, brand, now);
  const { rows } = await to.raw<{ rows: { id: string }[] }>(
    `with people as (
       insert into contacts (brand_id, external_id, created_at) select :brand, 'customer-' || n, :now from generate_series(1, :count) n returning id)
     insert into messages (brand_id, contact_id, step, occurrence, kind, class, channel, state, triggered_at, due_at, useful_until, created_at)
       select :brand, id, 'shipped', '', 'shipped', 'transactional', '${BASE_CHANNEL}', 'planned', :now, :now, :until, :now from people returning id`,
    { brand: brand.id, count, now: timestamp(now), until: timestamp(now + DAY) },
  );
  return rows.map(({ id }) => id);
}
