import { Worker } from '@temporalio/worker';
import { afterAll, describe, expect, it } from 'vitest';
import { consentLedger } from '../../db/consent/consent-ledger.ts';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { localTime } from '../../domain/time/local-time.ts';
import { addPeriod } from '../../domain/time/period.ts';
import { historiesOf } from '../../dev/histories.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import { consentWorkflowId } from '../../workflows/contract.ts';
import { consent } from '../helpers/orders.ts';
import { virtualShop } from '../helpers/virtual-shop.ts';

const shop = virtualShop();
const watched: string[] = [];

afterAll(async () => {
  const client = shop.environment.client;
  const runs = await Promise.all(
    watched.map((contact) => historiesOf(client, consentWorkflowId(shop.brand.id, contact))),
  );
  const histories = runs.flat().map((history, index) => ({ workflowId: `consents-${index}`, history }));
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: await bundleWorkflows() }, histories))
    if (error) throw error;
});

interface Customer {
  readonly contact: string;
  readonly phone: string;
  readonly since: number;
}

/** A customer who has ticked the box beside an order of today. */
async function customerIn(country: 'KR' | 'DE' | 'IT', phone: string): Promise<Customer> {
  const since = await shop.time.now();
  const ticked = consent({ basis: 'express_written', at: new Date(since).toISOString() });
  const placed = await shop.order({
    customer: { phone, locale: country === 'KR' ? 'ko' : 'en', consents: [ticked] },
    shippingAddress: { country },
  });
  const row = await shop.db('orders').where({ id: placed.id }).first<{ contact_id: string }>('contact_id');
  if (country !== 'IT') watched.push(row.contact_id);
  return { contact: row.contact_id, phone: placed.phone, since };
}

async function questionsTo({ contact }: Customer): Promise<{ kind: string; state: string; at: number }[]> {
  const rows: { kind: string; state: string; submitted_at: Date | null }[] = await shop
    .db('messages')
    .where({ contact_id: contact })
    .whereIn('kind', ['consent_request', 'consent_renewal'])
    .orderBy('created_at');
  return rows.map(({ kind, state, submitted_at }) => ({ kind, state, at: submitted_at?.getTime() ?? 0 }));
}

async function promotional({ contact }: Customer) {
  return (await consentLedger(shop.db, shop.brand.id, contact))?.inForce.day.promotional;
}

async function actionsOf({ contact }: Customer): Promise<string[]> {
  const { entries = [] } = (await consentLedger(shop.db, shop.brand.id, contact)) ?? {};
  return entries.map(({ action }) => action);
}

async function runsFor({ contact }: Customer): Promise<boolean> {
  const handle = shop.environment.client.workflow.getHandle(consentWorkflowId(shop.brand.id, contact));
  return handle.describe().then(
    ({ status }) => status.name === 'RUNNING',
    () => false,
  );
}

describe('where a consent counts only once it is confirmed over the number', () => {
  it('the customer is asked once, by day, and a YES confirms it', async () => {
    await shop.until(23);
    const customer = await customerIn('DE', '+49 1512 3456789');
    await shop.pass(HOUR);
    expect(await questionsTo(customer)).toEqual([]);
    await shop.until(12);
    const [question, ...more] = await questionsTo(customer);
    expect([question?.kind, question?.state, more]).toEqual(['consent_request', 'delivered', []]);
    expect(localTime(question?.at ?? 0, 'Europe/Berlin').hour).toBeGreaterThanOrEqual(8);
    expect(await actionsOf(customer)).toEqual(['granted', 'asked']);
    await shop.says(customer.phone, 'Yes!');
    expect(await promotional(customer)).toMatchObject({ state: 'granted', confirmed: true });
    await shop.pass(40 * DAY);
    expect(await questionsTo(customer)).toHaveLength(1);
    expect(await runsFor(customer)).toBe(false);
  });

  it('a NO withdraws it', async () => {
    await shop.until(11);
    const customer = await customerIn('DE', '+49 1512 3456780');
    await shop.pass(HOUR);
    await shop.says(customer.phone, 'no');
    expect(await promotional(customer)).toMatchObject({ state: 'withdrawn' });
  });

  it('a person who has stopped the number is not asked', async () => {
    await shop.until(22);
    const customer = await customerIn('DE', '+49 1512 3456781');
    await shop.says(customer.phone, 'STOP');
    await shop.pass(3 * DAY);
    expect((await questionsTo(customer)).filter(({ at }) => at > 0)).toEqual([]);
  });
});

it('where no rule asks for a confirmation or a renewal, nothing runs for a consent', async () => {
  const customer = await customerIn('IT', '+39 347 555 7001');
  expect(await runsFor(customer)).toBe(false);
});

describe('where a consent has to be renewed every two years', () => {
  it('the customer is asked a month before: a YES keeps it for two more years, silence lets it end', async () => {
    await shop.until(10);
    const [faithful, silent] = [await customerIn('KR', '+82 10 2345 6789'), await customerIn('KR', '+82 10 2345 6780')];
    const end = addPeriod(faithful.since, 'P2Y');
    await shop.time.advanceTo(end - 31 * DAY);
    expect(await questionsTo(faithful)).toEqual([]);
    expect(await runsFor(faithful)).toBe(true);

    await shop.time.advanceTo(end - 28 * DAY);
    for (const customer of [faithful, silent]) {
      const asked = await questionsTo(customer);
      expect(asked.map(({ kind, state }) => [kind, state])).toEqual([['consent_renewal', 'delivered']]);
      expect(asked[0]?.at).toBeGreaterThanOrEqual(end - 30 * DAY);
      expect(await actionsOf(customer)).toEqual(['granted', 'asked']);
    }
    await shop.says(faithful.phone, '네');
    expect(await promotional(faithful)).toMatchObject({ state: 'granted', renewedAt: await lastSaid(faithful) });

    await shop.time.advanceTo(end + DAY);
    expect(await questionsTo(silent)).toHaveLength(1);
    expect(await actionsOf(silent)).toEqual(['granted', 'asked']);
    expect([await runsFor(faithful), await runsFor(silent)]).toEqual([true, false]);
  });
});

async function lastSaid({ contact }: Customer): Promise<number> {
  const { entries = [] } = (await consentLedger(shop.db, shop.brand.id, contact)) ?? {};
  return Date.parse(entries.at(-1)?.occurredAt ?? '');
}
