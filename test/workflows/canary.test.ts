/** Plays the whole demo with people one can recognise, and looks for them everywhere they must not be. */
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ScenarioOrder } from '../../demo/play.ts';
import { play, readShopOrder } from '../../demo/play.ts';
import { loadScenarios } from '../../demo/scenario.ts';
import { createLog } from '../../telemetry/log.ts';
import { DAY, HOUR } from '../../domain/time/duration.ts';
import { historiesOf } from '../../dev/histories.ts';
import { searchAttributes } from '../../dev/installation.ts';
import type { VirtualInstallation } from '../../dev/virtual-installation.ts';
import { startVirtualInstallation } from '../../dev/virtual-installation.ts';
import { installRuntime } from '../../app/workers.ts';
import {
  consentWorkflowId,
  erasureWorkflowId,
  orderWorkflowId,
  redeliveryWorkflowId,
  replyWorkflowId,
} from '../../workflows/contract.ts';
import { encodings, findInDatabase, foundIn, readable, spellings } from '../helpers/canaries.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { demoBrand } from '../helpers/shop-verbs.ts';
import { startTestTimeSkipping } from '../helpers/temporal.ts';

const DEMO = new URL('../../demo/', import.meta.url);

/** Everything that was logged, by our own code and by Temporal's, at the level that tells most. */
const logged: string[] = [];
let stage: VirtualInstallation;
let end: () => Promise<void> = async () => {};
beforeAll(async () => {
  const log = createLog('debug', { write: (line: string) => void logged.push(line) });
  installRuntime(log);
  const database = await createTestDatabase();
  const environment = await startTestTimeSkipping(searchAttributes);
  stage = await startVirtualInstallation({ databaseUrl: database.url, environment, brand: demoBrand, log });
  end = async () => {
    await stage.stop();
    await environment.teardown();
    await database.drop();
  };
});
afterAll(() => end());

const words = [
  'Canaryfirst',
  'Canarylast',
  'Canarytown',
  'canary-text',
  'canary-evidence',
  // Of the parcels' links: the host alone stands in the brand's file.
  'poste.example/t',
  'canary-track',
];
const contacts: string[] = [];
const canaries: string[] = [];

/** The order of the demo, by a person who can be recognised. */
function disguised(order: ScenarioOrder, index: number): ScenarioOrder {
  const { customer, shippingAddress } = order;
  const town = { ...shippingAddress, city: `Canarytown${index}` };
  // A name with a digit in it is printed nowhere.
  const letter = String.fromCharCode('a'.charCodeAt(0) + index);
  const names = { firstName: `Canaryfirst${letter}`, lastName: `Canarylast${letter}` };
  return {
    ...order,
    customer: { ...customer, ...names },
    ...(shippingAddress && { shippingAddress: town }),
  };
}

/** The view of a person with access to Temporal of every workflow that has run: history, search attributes, memo, summaries. */
async function everyWorkflow(): Promise<Map<string, string>> {
  const { client } = stage.environment;
  const seen = new Map<string, string>();
  for (const id of await workflowIds()) {
    const handle = client.workflow.getHandle(id);
    const described = await describe(handle);
    if (described === undefined) continue;
    const histories = await historiesOf(client, id);
    seen.set(id, [id, described, ...histories.map((one) => readable(historyToJSON(one)))].join('\n'));
  }
  return seen;
}

async function describe(handle: WorkflowHandle): Promise<string | undefined> {
  const described = await handle.describe().catch(() => undefined);
  return (
    described &&
    JSON.stringify(described.raw, (_, value: unknown) =>
      value instanceof Uint8Array
        ? Buffer.from(value).toString('utf8')
        : typeof value === 'bigint'
          ? String(value)
          : value,
    )
  );
}

async function workflowIds(): Promise<string[]> {
  const { db, brand } = stage;
  const ids = async (table: string): Promise<string[]> => {
    const rows: { id: string | number }[] = await db(table).orderBy('id').select('id');
    return rows.map(({ id }) => String(id));
  };
  return [
    ...(await ids('orders')).map((id) => orderWorkflowId(brand.id, id)),
    ...(await ids('inbound_messages')).map((id) => replyWorkflowId(brand.id, id)),
    ...(await ids('redeliveries')).map((id) => redeliveryWorkflowId(brand.id, Number(id))),
    ...(await ids('contacts')).map((id) => consentWorkflowId(brand.id, id)),
    ...(await ids('erasures')).map((id) => erasureWorkflowId(brand.id, id)),
  ];
}

async function foundInWorkflows(): Promise<string[]> {
  return [...(await everyWorkflow())].flatMap(([id, seen]) => foundIn(seen, canaries).map((word) => `${id}: ${word}`));
}

let calls = 0;
async function call(method: string, path: string, body?: object): Promise<Response> {
  return fetch(stage.apiUrl + path, {
    method,
    headers: {
      authorization: `Bearer ${stage.key}`,
      ...(body && { 'content-type': 'application/json', 'idempotency-key': `canary:${calls++}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}

it('the whole demo is played by people whose names and numbers can be found again', async () => {
  const scenarios = loadScenarios(new URL('scenarios.yaml', DEMO), 'demo/scenarios.yaml');
  for (const [index, scenario] of scenarios.entries()) {
    const order = await readShopOrder(new URL(scenario.order, DEMO), demoBrand);
    if (order.kind !== 'order') throw new Error(`${scenario.order} is not placed`);
    const { view } = await play(stage, scenario, { ...order, body: disguised(order.body, index) });
    const contact = view.contact ?? '';
    if (contacts.includes(contact)) continue;
    contacts.push(contact);
    const { addresses } = await stage.shop.contact(contact);
    const phone = addresses[0]?.address;
    if (phone === undefined) continue;
    canaries.push(...spellings(phone));
    // People do other things, too: they write, are asked for things over the API, and agree to something else.
    await stage.vonage.reply(phone, demoBrand.sender, 'canary-text: dov’è il mio ordine?');
    await stage.vonage.reply(phone, demoBrand.sender, 'STOP');
    const at = new Date(await stage.time.now()).toISOString();
    const done = [await call('POST', '/v1/opt-outs', { address: phone, source: 'phone call', at })];
    const consent = { class: 'promotional', action: 'granted', wording: 'Sì', source: 'form', at };
    const evidence = { note: 'canary-evidence' };
    done.push(await call('POST', `/v1/contacts/${contact}/consents`, { ...consent, evidence }));
    done.push(await call('GET', `/v1/contacts/${contact}/export`));
    expect(done.map(({ status }) => status)).toEqual([201, 201, 200]);
  }
  canaries.push(...words, ...words.flatMap(encodings));
  await stage.time.advanceTo((await stage.time.now()) + DAY);
  expect(contacts.length).toBeGreaterThan(3);
});

it('the scan finds people where they may be, so that it can find them elsewhere', async () => {
  expect(await findInDatabase(stage.db, canaries)).toEqual(
    expect.arrayContaining([
      'contacts: Canaryfirst',
      'messages: Canaryfirst',
      'inbound_messages: canary-text',
      'consent_evidence: canary-evidence',
      `idempotency_keys: ${canaries[0]}`,
    ]),
  );
  expect(foundIn(`{"data":"${Buffer.from('{"name":"Canaryfirst0"}').toString('base64')}"}`, canaries)).not.toEqual([]);
});

it('no history, search attribute, memo or summary names a person', async () => {
  expect((await everyWorkflow()).size).toBeGreaterThan(contacts.length * 2);
  expect(await foundInWorkflows()).toEqual([]);
});

it('no table of the database names a person after all were erased: a stopped number is its token', async () => {
  for (const contact of contacts) expect((await call('DELETE', `/v1/contacts/${contact}`)).status).toBe(202);
  await stage.time.settled();
  await stage.time.advanceTo((await stage.time.now()) + 3 * HOUR);
  const open: { count: number }[] = await stage.db('erasures').whereNull('done_at').count('* as count');
  expect(open).toEqual([{ count: 0 }]);
  expect(await findInDatabase(stage.db, canaries)).toEqual([]);
  const stopped = await stage.db('suppressions').where({ source: 'erasure', state: 'stopped' });
  expect(stopped.length).toBeGreaterThanOrEqual(contacts.length - 1);
  expect(await foundInWorkflows()).toEqual([]);
});

it('no metric and no line of the log names a person', async () => {
  expect(foundIn(await (await fetch(`${stage.opsUrl}/metrics`)).text(), canaries)).toEqual([]);
  expect(logged.length).toBeGreaterThan(100);
  expect(foundIn(logged.join('\n'), canaries)).toEqual([]);
});
