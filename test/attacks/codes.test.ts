/** Requests for a code that are sent twice at once, or break off before the text has gone out. No worker runs. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { accessCodes } from '../../commands/privacy/ask-code.ts';
import { claimAskedTexts } from '../../db/contacts/asked-texts.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import type { EngineShop } from '../api/engine-shop.ts';
import { openEngineShop } from '../api/engine-shop.ts';
import { validBrand } from '../api/shop.ts';
import { keys } from '../helpers/keys.ts';
import type { PlacedOrder } from '../helpers/ledger.ts';
import { NOON, placedOrder } from '../helpers/ledger.ts';
import type { Visitor } from '../pages/preferences/visitor.ts';
import { visitorOf } from '../pages/preferences/visitor.ts';

let shop: EngineShop;
let order: PlacedOrder;
let visitor: Visitor;
beforeAll(async () => {
  shop = await openEngineShop();
});
beforeEach(async () => {
  shop.clock.at = NOON;
  order = await placedOrder(shop.db, {}, validBrand());
  visitor = await visitorOf(shop, order.contact);
});
afterAll(() => shop.close());

interface Asked {
  readonly id: string;
  readonly started_at: Date | null;
}
const rows = (): Promise<Asked[]> => shop.db('asked_texts').where({ contact_id: order.contact });
const told = (): Promise<number> => rows().then((all) => all.filter(({ started_at }) => started_at !== null).length);

/** Another process tells the engine of all texts that wait. */
async function drain(): Promise<void> {
  const drainer = shop.drainer();
  await expect.poll(told).toBe((await rows()).length);
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
  await shop.workflows.reply(claimed.item);
  const runs = async () => {
    const found: string[] = [];
    for await (const { workflowId, runId } of shop.client.workflow.list())
      if (workflowId.includes(id)) found.push(runId);
    return found;
  };
  await expect.poll(runs).toHaveLength(1);
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
