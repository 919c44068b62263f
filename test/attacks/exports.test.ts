import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_ROWS, isUnchanged } from '../../queries/privacy/export.ts';
import { connect } from '../../db/connection/connect.ts';
import { storeDataRequest } from '../../db/privacy/data-requests.ts';
import { createExports } from '../../commands/privacy/export-contact.ts';
import type { Shop } from '../api/shop.ts';
import { openShop, serve } from '../api/shop.ts';
import { accessCodes } from '../../commands/privacy/ask-code.ts';
import { keys } from '../helpers/keys.ts';
import { planned } from '../helpers/ledger.ts';
import { visitorOf } from '../pages/preferences/visitor.ts';
import { validOrder } from '../helpers/orders.ts';

const MESSAGES = 5_000;
const HUNG_UP = 4;

let shop: Shop;
/**
 * Another API process on the same database, whose exports may last for five seconds: the first bytes come in that time on a busy machine,
 * too.
 */
let hasty: Awaited<ReturnType<typeof serve>>;
let contact: string;
beforeAll(async () => {
  shop = await openShop();
  const db = connect(shop.databaseUrl, { poolMax: 4 });
  hasty = await serve(db, { clock: { now: () => shop.clock.at }, exports: createExports(db, { within: 5_000 }) });
  const order = (await shop.post('/v1/orders', validOrder())).body as { id: string; contact: string };
  contact = order.contact;
  await manyMessages(order);
});
afterAll(async () => {
  await hasty.close();
  await shop.close();
});

/** About 20 MB of texts, more than what a socket holds. */
async function manyMessages({ id: order, contact: of }: { id: string; contact: string }): Promise<void> {
  const one = await planned(shop.db, { brand: 'bottega', order, contact: of, phone: '' });
  await shop.owner.raw(
    `insert into messages select (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'step', 'step-' || n, 'body', repeat('x', 4000)))).*
       from messages m, generate_series(2, ${MESSAGES}) n where m.id = ?`,
    [one],
  );
}

/** Transactions of the service that are open on this database. */
async function openTransactions(): Promise<number> {
  const { rows } = await shop.owner.raw<{ rows: { n: number }[] }>(
    `select cast(count(*) as int) as n from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and xact_start is not null`,
  );
  return rows[0]?.n ?? 0;
}

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(10);
}

const path = (): string => `/v1/contacts/${contact}/export`;

/** Reads the first bytes of an export and no more. */
async function begin(url: string) {
  const request = get(url + path(), { headers: { authorization: `Bearer ${shop.key}` }, agent: false });
  request.on('error', () => {});
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  await once(response, 'readable');
  response.read(1);
  return { request, response };
}

/** Reads the rest. */
function isWhole(response: IncomingMessage): Promise<boolean> {
  return new Promise((resolve) => response.resume().once('close', () => resolve(response.complete)));
}

it('a HEAD request never counts as an export that was given out', async () => {
  await storeDataRequest(shop.db, { brand: 'bottega', contact, reference: 'head' }, shop.clock.at);
  const path = `${shop.url}/v1/contacts/${contact}/export`;
  const response = await fetch(path, { method: 'HEAD', headers: { authorization: `Bearer ${shop.key}` } });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET']);
  const open = await shop.db('data_requests').where({ contact_id: contact }).whereNull('answered_at');
  expect(open).toHaveLength(1);
  expect(await shop.db('audit_log').where({ action: 'export_contact', subject_id: contact })).toEqual([]);
});

describe('the export of a person with thousands of messages', () => {
  it('is whole, and never held in memory by more rows than a page has', async () => {
    const pages: number[] = [];
    const count = (found: { rows?: unknown[] }, { sql }: { sql: string }): void => {
      if (!/^(declare|begin|set|insert|update|rollback|commit|close)/i.test(sql)) pages.push(found.rows?.length ?? 0);
    };
    shop.db.on('query-response', count);
    const { status, body } = await shop.get(path());
    shop.db.removeListener('query-response', count);
    expect(status).toBe(200);
    expect(body.messages).toHaveLength(MESSAGES);
    expect(isUnchanged(body)).toBe(true);
    expect(pages.filter((rows) => rows === PAGE_ROWS).length).toBeGreaterThanOrEqual((2 * MESSAGES) / PAGE_ROWS);
    expect(Math.max(...pages)).toBe(PAGE_ROWS);
  });

  it('never keeps a connection when its reader hangs up midway, and is on record all the same', async () => {
    const before = (await shop.get('/v1/audit?action=export_contact')).body.entries.length;
    for (let time = 0; time < HUNG_UP; time++) {
      const { response } = await begin(shop.url);
      expect(await openTransactions()).toBe(1);
      response.destroy();
      await until(async () => (await openTransactions()) === 0);
    }
    expect((await shop.get('/v1/audit?action=export_contact')).body.entries.length).toBe(before + HUNG_UP);
    expect((await shop.get(path())).status).toBe(200);
  });

  it('never ends like a whole file when the database fails midway', async () => {
    const { response } = await begin(shop.url);
    await shop.owner.raw(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and xact_start is not null`,
    );
    expect(await isWhole(response)).toBe(false);
    expect((await shop.get(path())).status).toBe(200);
  });

  it('never holds a snapshot for a slow reader for longer than its limit', async () => {
    const { response } = await begin(hasty.url);
    await until(async () => (await openTransactions()) === 0);
    expect(await isWhole(response)).toBe(false);
  });

  it('never takes the pool: a third one at the same moment is asked to come again', async () => {
    const readers = [await begin(shop.url), await begin(shop.url)];
    const third = await shop.get(path());
    expect([third.status, third.headers.get('retry-after'), third.body.type]).toEqual([
      503,
      '10',
      'urn:dopo:problem:busy',
    ]);
    for (const { response } of readers) response.destroy();
    await until(async () => (await openTransactions()) === 0);
    await until(async () => (await shop.get(path())).status === 200);
  });

  it('never costs a person the code that was texted: the page of the file stays, and its button works later', async () => {
    const visitor = await visitorOf(shop, contact);
    await visitor.send('download');
    const [{ id }] = await shop.db('asked_texts').where({ contact_id: contact });
    const ready = await visitor.send('enter_download', { code: accessCodes(keys.codes)(id), lang: 'en' });
    const readers = [await begin(shop.url), await begin(shop.url)];
    const busy = await visitor.send('fetch_file', {}, { page: ready.page });
    expect([busy.status, busy.headers.get('retry-after'), busy.page.includes('Press the button again')]).toEqual([
      503,
      '60',
      true,
    ]);
    for (const { response } of readers) response.destroy();
    await until(async () => (await openTransactions()) === 0);
    const file = await visitor.send('fetch_file', {}, { page: busy.page });
    expect([file.status, JSON.parse(file.page).messages.length]).toEqual([200, MESSAGES]);
  });

  it('never waits for the pool of another: of two at once in a process with two connections one is given out', async () => {
    const db = connect(shop.databaseUrl, { poolMax: 2 });
    const small = await serve(db, { clock: { now: () => shop.clock.at }, exports: createExports(db) });
    try {
      const ask = async () => {
        const answer = await fetch(small.url + path(), { headers: { authorization: `Bearer ${shop.key}` } });
        return [answer.status, answer.headers.get('retry-after'), (await answer.text()).length > 0];
      };
      const answers = await Promise.all([ask(), ask()]);
      expect(answers.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
        [200, null, true],
        [503, '10', true],
      ]);
    } finally {
      await small.close();
    }
  });
});
