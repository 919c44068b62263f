/** Every outbox, one by one: rows that are refused, and what must not come of them. No worker runs. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDrainer } from '../../api/drainer.ts';
import { createMetrics } from '../../api/metrics.ts';
import { temporalWorkflows } from '../../api/temporal.ts';
import type { Workflows } from '../../api/workflows.ts';
import { oweReply, storeInbound } from '../../db/inbound/conversations.ts';
import { requestRedelivery } from '../../db/ledger/redeliveries.ts';
import type { RowId } from '../../db/outbox.ts';
import { outboxTable } from '../../db/outbox.ts';
import { requestErasure } from '../../db/privacy/erasures.ts';
import type { OutboxName } from '../../domain/outbox.ts';
import { MAX_TRIES, OUTBOX_NAMES } from '../../domain/outbox.ts';
import { loadRules } from '../../rules/load.ts';
import { searchAttributes } from '../../scripts/installation.ts';
import type { Shop } from '../api/shop.ts';
import { openShop } from '../api/shop.ts';
import { tokenOf } from '../helpers/keys.ts';
import { planned } from '../helpers/ledger.ts';
import { ORDER_TIME, consent, validOrder } from '../helpers/orders.ts';
import { startTestDevServer } from '../helpers/temporal.ts';

const POLL = { timeout: 30_000 };
const BRAND = 'bottega';

let shop: Shop;
let server: Awaited<ReturnType<typeof startTestDevServer>>;
let client: Client;
let workflows: Workflows;
beforeAll(async () => {
  [shop, server] = await Promise.all([openShop(), startTestDevServer(searchAttributes)]);
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
  workflows = temporalWorkflows(client);
}, 120_000);
afterAll(async () => {
  await client.connection.close();
  await server.stop();
  await shop.close();
});

/** A row, and the name by which the engine is asked about it. */
interface Seed {
  readonly id: RowId;
  readonly name: string;
}

/** An order of somebody else than the others, with a box ticked where that has to be confirmed. */
async function placed(index: number): Promise<{ readonly order: string; readonly contact: string }> {
  const ticked = consent({ basis: 'express_written' });
  const customer = { id: `c${index}`, phone: `+49 1512 34567${String(index).padStart(2, '0')}`, consents: [ticked] };
  const order = validOrder({ customer, shippingAddress: { country: 'DE' } });
  const { status, body } = await shop.post('/v1/orders', order);
  expect(status).toBe(202);
  return { order: order.id, contact: body.contact };
}

type Placed = Awaited<ReturnType<typeof placed>>;

/** How a row comes into each outbox. */
const SEEDS: Readonly<Record<OutboxName, (of: Placed) => Promise<Seed>>> = {
  fact: async ({ order }) => ({ id: await idOf('inbox', { order_id: order }), name: order }),
  reply: async ({ contact }) => {
    const inbound = {
      brand: BRAND,
      providerId: randomUUID(),
      address: '+4915123456700',
      text: 'HELP',
      meaning: { kind: 'help' },
      sender: { contact, order: null },
      at: ORDER_TIME,
    } as const;
    const id = await shop.db.transaction(async (trx) => {
      const stored = (await storeInbound(trx, inbound, ORDER_TIME)) ?? '';
      await oweReply(trx, stored, 'help');
      return stored;
    });
    return { id, name: id };
  },
  redelivery: async ({ order, contact }) => {
    const message = await planned(shop.db, { brand: BRAND, order, contact, phone: '' });
    await requestRedelivery(shop.db, message, 'operator', ORDER_TIME, ORDER_TIME);
    return { id: await idOf('redeliveries', { message_id: message }), name: message };
  },
  consents: async ({ contact }) => ({ id: await idOf('consent_checks', { contact_id: contact }), name: contact }),
  erasure: async ({ contact }) => {
    const erasure = { brand: BRAND, contact, actor: 'test', source: 'api' } as const;
    const id = (await requestErasure(shop.db, tokenOf, erasure, ORDER_TIME)) ?? '';
    return { id, name: id };
  },
  asked_text: async ({ contact }) => {
    const address_id = await idOf('addresses', { contact_id: contact });
    const text = { brand_id: BRAND, contact_id: contact, address_id, kind: 'access_code', opens: 'download' };
    const [row] = await shop
      .db('asked_texts')
      .insert({ ...text, link_epoch: 1, created_at: new Date(ORDER_TIME) })
      .returning<{ id: string }[]>('id');
    return { id: row?.id ?? '', name: row?.id ?? '' };
  },
};

async function idOf(table: string, where: object): Promise<number> {
  const row: { id: number } = await shop.db(table).where(where).orderBy('id').first('id');
  return row.id;
}

/** An engine that says to some requests that it can do nothing with them. */
function refusing(stuck: ReadonlySet<string>): Workflows {
  const unless = (name: string): void => {
    if (stuck.has(name))
      throw new Error('Failed', { cause: Object.assign(new Error('3'), { code: 3, details: 'too much' }) });
  };
  return {
    ...workflows,
    tell: async (ref, facts) => (unless(ref.order), workflows.tell(ref, facts)),
    reply: async (input) => (unless(input.inbound), workflows.reply(input)),
    redeliver: async (pending) => (unless(pending.message), workflows.redeliver(pending)),
    watchConsents: async (input) => (unless(input.contact), workflows.watchConsents(input)),
    erase: async (pending) => (unless(pending.id), workflows.erase(pending)),
  };
}

let customers = 0;

it.each(OUTBOX_NAMES)(
  'rows of %s that are refused never hold up the one behind them, and end as dead letters that can be told after all',
  async (outbox) => {
    const seeds: Seed[] = [];
    for (let count = 0; count < 12; count += 1) seeds.push(await SEEDS[outbox](await placed((customers += 1))));
    const last = seeds.pop();
    const [dying] = seeds;
    if (!last || !dying) throw new Error('there are twelve');
    const { table, settledAt } = outboxTable(outbox);
    const rowOf = async ({ id }: Seed): Promise<Readonly<Record<string, unknown>>> =>
      shop.db(table).where({ id }).first();
    await shop
      .db(table)
      .where({ id: dying.id })
      .update({ tries: MAX_TRIES - 1 });
    const stuck = new Set(seeds.map(({ name }) => name));
    const clock = { now: () => ORDER_TIME };
    const rules = loadRules();
    const metrics = createMetrics(shop.db, rules.packs, clock);
    const log = pino({ level: 'silent' });
    const drainer = startDrainer({ db: shop.db, workflows: refusing(stuck), rules, clock, log, metrics, pollMs: 20 });

    await expect.poll(async () => (await rowOf(last))[settledAt], POLL).not.toBeNull();
    await expect.poll(async () => (await rowOf(dying))['dead_at'], POLL).not.toBeNull();
    for (const one of seeds) expect((await rowOf(one))[settledAt]).toBeNull();

    const list = async (key?: string) => (await shop.get(`/v1/outboxes/dead?outbox=${outbox}`, key)).body.dead;
    expect(await list()).toMatchObject([{ outbox, id: String(dying.id), tries: MAX_TRIES, error: 'INVALID_ARGUMENT' }]);
    expect(await list(shop.strangersKey)).toEqual([]);
    expect(await metrics.text()).toContain(`dopo_outbox_dead{outbox="${outbox}"} 1`);

    stuck.clear();
    const ask = { actor: 'Marta', reason: 'it can be told now', outbox, id: String(dying.id) };
    const stranger = { authorization: `Bearer ${shop.strangersKey}` };
    expect((await shop.post('/v1/outboxes/dead/redrive', ask, stranger)).status).toBe(404);
    expect(await shop.post('/v1/outboxes/dead/redrive', ask)).toMatchObject({ status: 200, body: { redriven: 1 } });
    for (const one of seeds) await expect.poll(async () => (await rowOf(one))[settledAt], POLL).not.toBeNull();
    await drainer.stop();
    expect(await list()).toEqual([]);
  },
  120_000,
);
