/** Every outbox, one by one: rows that are refused, and what must not come of them. No worker runs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Workflows } from '../../engine/workflows.ts';
import { outboxTable } from '../../db/outbox/outbox.ts';
import { MAX_TRIES, OUTBOX_NAMES } from '../../domain/sending/outbox.ts';
import type { EngineShop } from '../api/engine-shop.ts';
import { openEngineShop } from '../api/engine-shop.ts';
import { ORDER_TIME } from '../helpers/orders.ts';
import type { OutboxRow } from './outbox-rows.ts';
import { outboxRows } from './outbox-rows.ts';

let shop: EngineShop;
beforeAll(async () => {
  shop = await openEngineShop();
});
afterAll(() => shop.close());

/** An engine that says to some requests that it can do nothing with them. */
function refusing(stuck: ReadonlySet<string>): Workflows {
  const unless = (name: string): void => {
    if (stuck.has(name))
      throw new Error('Failed', { cause: Object.assign(new Error('3'), { code: 3, details: 'too much' }) });
  };
  const { workflows } = shop;
  return {
    ...workflows,
    tell: async (ref, facts) => (unless(ref.order), workflows.tell(ref, facts)),
    reply: async (input) => (unless(input.inbound), workflows.reply(input)),
    redeliver: async (pending) => (unless(pending.message), workflows.redeliver(pending)),
    watchConsents: async (input) => (unless(input.contact), workflows.watchConsents(input)),
    erase: async (pending) => (unless(pending.id), workflows.erase(pending)),
  };
}

it.each(OUTBOX_NAMES)(
  'rows of %s that are refused never hold up the one behind them, and end as dead letters that can be told after all',
  async (outbox) => {
    const seeds: OutboxRow[] = [];
    for (let count = 0; count < 12; count += 1) seeds.push(await outboxRows(shop, ORDER_TIME)[outbox]());
    const last = seeds.pop();
    const [dying] = seeds;
    if (!last || !dying) throw new Error('there are twelve');
    const { table, settledAt } = outboxTable(outbox);
    const rowOf = async ({ id }: OutboxRow): Promise<Readonly<Record<string, unknown>>> =>
      shop.db(table).where({ id }).first();
    await shop
      .db(table)
      .where({ id: dying.id })
      .update({ tries: MAX_TRIES - 1 });
    const stuck = new Set(seeds.map(({ name }) => name));
    const drainer = shop.drainer({ workflows: refusing(stuck) });

    await expect.poll(async () => (await rowOf(last))[settledAt]).not.toBeNull();
    await expect.poll(async () => (await rowOf(dying))['dead_at']).not.toBeNull();
    for (const one of seeds) expect((await rowOf(one))[settledAt]).toBeNull();

    const list = async (key?: string) => (await shop.get(`/v1/outboxes/dead?outbox=${outbox}`, key)).body.dead;
    expect(await list()).toMatchObject([{ outbox, id: String(dying.id), tries: MAX_TRIES, error: 'INVALID_ARGUMENT' }]);
    expect(await list(shop.strangersKey)).toEqual([]);
    expect((await shop.ops('/metrics')).body).toContain(`dopo_outbox_dead{outbox="${outbox}"} 1`);

    stuck.clear();
    const ask = { actor: 'Marta', reason: 'it can be told now', outbox, id: String(dying.id) };
    const stranger = { authorization: `Bearer ${shop.strangersKey}` };
    expect((await shop.post('/v1/outboxes/dead/redrive', ask, stranger)).status).toBe(404);
    expect(await shop.post('/v1/outboxes/dead/redrive', ask)).toMatchObject({ status: 200, body: { redriven: 1 } });
    for (const one of seeds) await expect.poll(async () => (await rowOf(one))[settledAt]).not.toBeNull();
    await drainer.stop();
    expect(await list()).toEqual([]);
  },
  120_000,
);
