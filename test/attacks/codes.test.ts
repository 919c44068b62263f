/** Requests for a code that are sent twice at once, or break off before the text has gone out. No worker runs. */
import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDrainer } from '../../api/drainer.ts';
import { createMetrics } from '../../api/metrics.ts';
import { temporalWorkflows } from '../../api/temporal.ts';
import { accessCodes } from '../../db/contacts/access-codes.ts';
import { claimAskedTexts } from '../../db/contacts/asked-texts.ts';
import { MINUTE } from '../../domain/duration.ts';
import { loadRules } from '../../rules/load.ts';
import { searchAttributes } from '../../scripts/installation.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, validBrand } from '../api/shop.ts';
import { keys } from '../helpers/keys.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, placed } from '../helpers/ledger.ts';
import { startTestDevServer } from '../helpers/temporal.ts';
import type { Visitor } from '../pages/visitor.ts';
import { visitorOf } from '../pages/visitor.ts';

let shop: Shop;
let server: Awaited<ReturnType<typeof startTestDevServer>>;
let client: Client;
let order: PlacedOrder;
let visitor: Visitor;
beforeAll(async () => {
  [shop, server] = await Promise.all([openShop(), startTestDevServer(searchAttributes)]);
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
}, 120_000);
beforeEach(async () => {
  shop.clock.at = NOON;
  order = await placed(shop.db, {}, validBrand());
  visitor = await visitorOf(shop, order.contact);
});
afterAll(async () => {
  await client.connection.close();
  await server.stop();
  await shop.close();
});

interface Asked {
  readonly id: string;
  readonly started_at: Date | null;
}
const rows = (): Promise<Asked[]> => shop.db('asked_texts').where({ contact_id: order.contact });
const told = (): Promise<number> => rows().then((all) => all.filter(({ started_at }) => started_at !== null).length);

/** Another process tells the engine of all texts that wait. */
async function drain(): Promise<void> {
  const clock = { now: () => shop.clock.at };
  const rules = loadRules();
  const metrics = createMetrics(shop.db, rules.packs, clock);
  const workflows = temporalWorkflows(client);
  const log = pino({ level: 'silent' });
  const drainer = startDrainer({ db: shop.db, workflows, rules, clock, log, metrics, pollMs: 20 });
  await expect.poll(told, { timeout: 30_000 }).toBe((await rows()).length);
  await drainer.stop();
}

it('two presses at once never have two codes texted, whose first would be worthless', async () => {
  const { page } = await visitor.open();
  const both = await Promise.all([1, 2].map(() => visitor.send('download', {}, { page })));
  for (const { status, headers } of both)
    expect([status, headers.get('location')]).toEqual([303, `${visitor.link}/code?for=download&lang=it`]);
  expect(await rows()).toHaveLength(1);
  await drain();
  await visitor.send('download', {}, { page });
  expect(await rows()).toHaveLength(1);
  shop.clock.at += MINUTE;
  await visitor.send('download', {}, { page });
  expect(await rows()).toHaveLength(2);
});

it('a connection that is killed at the row of a code never leaves one that counts: the person asks again at once', async () => {
  await shop.owner.raw(`
    create function die() returns trigger language plpgsql as 'begin perform pg_terminate_backend(pg_backend_pid()); return new; end';
    create trigger die after insert on asked_texts for each row execute function die()`);
  for (let time = 0; time < 4; time += 1) expect((await visitor.send('download')).status).toBe(503);
  await shop.owner.raw('drop function die() cascade');
  expect(await rows()).toEqual([]);
  const asked = await visitor.send('download');
  expect([asked.status, asked.headers.get('location')?.includes('full')]).toEqual([303, false]);
  expect(await rows()).toHaveLength(1);
});

it('a process that is killed between the row of a code and its text never costs the person the text, nor sends it twice', async () => {
  await visitor.send('download');
  const [row] = await rows();
  const id = row?.id ?? '';
  // The process that has claimed the row dies before it calls the engine; the person presses again meanwhile.
  await claimAskedTexts(shop.db, 10);
  await visitor.send('download');
  expect(await rows()).toHaveLength(1);
  await shop.db('asked_texts').update({ claimed_until: new Date(0) });
  // The next one dies between its call and the note of it.
  const claimed = (await claimAskedTexts(shop.db, 10)).rows.find(({ row }) => row === id);
  if (!claimed) throw new Error('a row waits');
  await temporalWorkflows(client).reply(claimed.item);
  const runs = async () => {
    const found: string[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) if (workflowId.includes(id)) found.push(runId);
    return found;
  };
  await expect.poll(runs, { timeout: 30_000 }).toHaveLength(1);
  await shop.db('asked_texts').update({ claimed_until: new Date(0) });
  await drain();
  expect(await runs()).toHaveLength(1);
  const typed = await visitor.send('enter_download', { code: accessCodes(keys.codes)(id), lang: 'en' });
  expect([typed.status, typed.page.includes('Your file is ready')]).toEqual([200, true]);
});

it.each([
  ['whose text is a dead letter', { dead_at: new Date(NOON), last_error: 'INVALID_ARGUMENT' }, 0],
  ['that waited for the engine until they were too old', { dead_at: null }, 10 * MINUTE + 1],
])('codes %s never keep the person from asking again', async (_name, state, later) => {
  for (let time = 0; time < 4; time += 1) {
    const asked = await visitor.send('download');
    expect(asked.headers.get('location')).not.toContain('full');
    expect(await rows()).toHaveLength(time + 1);
    await shop.db('asked_texts').where({ contact_id: order.contact }).update(state);
    shop.clock.at += later;
  }
});
