/** `npm run shop-erasures -- list | cancel ID REASON`: lists held erasures of whole brands that shops have asked for, and cancels one. */
import { z } from 'zod';
import { readConfig } from '../app/config.ts';
import { operatorEnvironment } from './running-installation.ts';
import type { Db } from '../db/connection/connect.ts';
import { connect } from '../db/connection/connect.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import { cancelShopErasure } from '../commands/privacy/hold-shop-erasure.ts';
import { listShopErasures } from '../queries/privacy/erasures.ts';
import { table } from '../kit/report.ts';
import { runCommand } from './run-command.ts';

/** The actor on record. */
const ACTOR = 'command line';

const USAGE = 'usage: npm run shop-erasures -- list | cancel ID REASON';

async function list(db: Db): Promise<void> {
  const erasures = await listShopErasures(db);
  const rows = erasures.map(({ id, brand, state, requestedAt, dueAt }) => [id, brand, state, requestedAt, dueAt]);
  table([['id', 'brand', 'state', 'asked for', 'begins'], ...rows]);
}

/** Throws if there is no such erasure, or if it is too late. */
async function cancel(db: Db, id: string, reason: string): Promise<void> {
  const known = (await listShopErasures(db)).find((erasure) => erasure.id === id);
  const of = known && { brand: known.brand, id, actor: ACTOR, reason };
  const state = of && (await cancelShopErasure(db, of, Date.now()));
  if (state === undefined) throw new Error(`there is no erasure ${id}`);
  if (state === 'begun') throw new Error('the erasure has begun and cannot be stopped any more');
  console.log(`${known?.brand}: cancelled, nobody is erased`);
}

const [verb = '', id = '', ...words] = process.argv.slice(2);
const reason = words.join(' ');
const isId = z.uuid().safeParse(id).success;
if (verb === 'cancel' && id !== '' && !isId) console.error(`${id} is no id of an erasure`);
const asked = verb === 'list' ? id === '' : verb === 'cancel' && isId && reason !== '';
await runCommand(USAGE, asked ? verb : undefined, async () => {
  const { databaseUrl = '', ...config } = readConfig(operatorEnvironment(), { database: true, vonage: false });
  await migrateLatest({ ...config, databaseUrl });
  const db = connect(databaseUrl, { poolMax: 1 });
  await (verb === 'list' ? list(db) : cancel(db, id, reason)).finally(() => db.destroy());
});
