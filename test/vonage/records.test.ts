import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeVonageOptions } from '../../vonage/fake/contract.ts';
import type { ProviderRecord, RecordAnswer } from '../../vonage/port.ts';
import { createVonageRecords } from '../../vonage/records.ts';
import { RECEIVER_TIME, SMS, startStage } from './receiver.ts';
import type { ReceiverStage } from './receiver.ts';

const HOUR = 3_600_000;
const SECRET = 'hush-hush';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** The stand-in with a clock that can be moved, and the look-up pointed at it. */
async function opened(options: Partial<FakeVonageOptions> = {}) {
  let now = RECEIVER_TIME;
  const stage = await startStage('manual', 2000, { clock: { now: () => now }, ...options });
  closing.push(() => stage.close());
  const { apiKey, apiSecret, url } = stage.fake;
  const records = createVonageRecords({ apiKey, apiSecret, baseUrl: url, timeoutMs: 2000 });
  return {
    ...stage,
    records,
    pass: (ms: number) => (now += ms),
    find: (to = SMS.to, from = RECEIVER_TIME - HOUR, until = RECEIVER_TIME + HOUR) => records.find({ to, from, until }),
  };
}

function rowsOf(answer: RecordAnswer): readonly ProviderRecord[] {
  if (answer.kind === 'unavailable') throw new Error(answer.code);
  return answer.records;
}

const send = (stage: ReceiverStage, clientRef: string, to = SMS.to) => stage.sender.send({ ...SMS, clientRef, to });

describe('looking up messages', () => {
  it('an accepted message is found with its reference, its state and its moment', async () => {
    const { sender, find } = await opened();
    const outcome = await sender.send(SMS);
    expect(rowsOf(await find())).toEqual([
      {
        providerId: outcome.kind === 'accepted' ? outcome.providerId : 'none',
        clientRef: SMS.clientRef,
        channel: 'sms',
        to: SMS.to,
        from: SMS.from,
        receipt: 'delivered',
        at: RECEIVER_TIME,
      },
    ]);
  });

  it('a message of which nothing is known when its time to live has passed is rejected as expired, and one that arrived in time is not', async () => {
    const expired = { receipt: 'rejected', code: '1360' };
    for (const [kind, ttlSeconds, after, flushed, end] of [
      ['no_receipts', 60, 60_000, false, { receipt: 'submitted' }],
      ['no_receipts', 60, 61_000, false, expired],
      ['no_receipts', undefined, 71 * HOUR, false, { receipt: 'submitted' }],
      ['no_receipts', undefined, 73 * HOUR, false, expired],
      ['held_receipts', 60, 59_000, true, { receipt: 'delivered' }],
      ['held_receipts', 60, 61_000, true, expired],
      ['held_receipts', 60, 61_000, false, expired],
    ] as const) {
      const stage = await opened();
      stage.fake.setFault({ kind, times: 1 });
      await stage.sender.send({ ...SMS, ...(ttlSeconds !== undefined && { ttlSeconds }) });
      stage.pass(after);
      if (flushed) await stage.fake.deliverReceipts();
      const [record] = rowsOf(await stage.find());
      expect(record, `${kind} after ${after}`).toMatchObject(end);
      stage.pass(80 * HOUR);
      const later = end.receipt === 'delivered' ? end : expired;
      expect(rowsOf(await stage.find())[0], `${kind} after ${after} and days`).toMatchObject(later);
    }
  });

  it('a message without an answer or a receipt is on record all the same', async () => {
    const stage = await opened();
    stage.fake.setFault({ kind: 'reset_after_accept', times: 1 });
    stage.fake.setFault({ kind: 'no_receipts', times: 1 });
    expect((await stage.sender.send(SMS)).kind).toBe('unknown');
    expect(rowsOf(await stage.find())).toMatchObject([{ clientRef: SMS.clientRef, receipt: 'submitted' }]);
  });

  it('a message that was not accepted is absent, and the answer says so', async () => {
    const stage = await opened();
    stage.fake.setFault({ kind: 'reset_before_accept', times: 1 });
    expect((await stage.sender.send(SMS)).kind).toBe('unknown');
    expect(await stage.find()).toEqual({ kind: 'records', records: [] });
  });

  it('a message that did not arrive carries its code, one that did carries none', async () => {
    const stage = await opened();
    stage.fake.setFault({ kind: 'error_receipt', code: '1190', status: 'undeliverable', times: 1 });
    await send(stage, 'first');
    await send(stage, 'second');
    const [first, second] = rowsOf(await stage.find());
    expect(first).toMatchObject({ clientRef: 'first', receipt: 'undeliverable', code: '1190' });
    expect(second).not.toHaveProperty('code');
  });

  it('only the recipient asked for is returned, on every channel', async () => {
    const stage = await opened();
    await send(stage, 'mine');
    await send(stage, 'another', '+393337654321');
    await stage.sender.send({ ...SMS, clientRef: 'as-rcs', channel: 'rcs', from: 'BottegaSole' });
    const found = rowsOf(await stage.find());
    expect(found.map(({ clientRef, channel }) => [clientRef, channel])).toEqual([
      ['mine', 'sms'],
      ['as-rcs', 'rcs'],
    ]);
  });

  it('both ends of the window belong to it, though records know whole seconds only', async () => {
    const stage = await opened();
    stage.pass(750);
    await send(stage, 'edge');
    const at = RECEIVER_TIME + 750;
    expect(rowsOf(await stage.find(SMS.to, at, at))).toHaveLength(1);
    expect(rowsOf(await stage.find(SMS.to, RECEIVER_TIME - HOUR, RECEIVER_TIME - 1))).toEqual([]);
    expect(rowsOf(await stage.find(SMS.to, RECEIVER_TIME + 1000, RECEIVER_TIME + HOUR))).toEqual([]);
  });

  it('a record is invisible until its lag has passed', async () => {
    const stage = await opened({ recordLagMs: 60_000 });
    await send(stage, 'late');
    stage.pass(59_999);
    expect(rowsOf(await stage.find())).toEqual([]);
    stage.pass(1);
    expect(rowsOf(await stage.find())).toHaveLength(1);
  });

  it('a lag of its own holds for one recipient alone', async () => {
    const stage = await opened({ recordLagMs: 1000 });
    stage.fake.setFault({ kind: 'record_lag', ms: HOUR, to: SMS.to, times: 1 });
    await send(stage, 'other', '+393337654321');
    await send(stage, 'slow');
    await send(stage, 'usual');
    stage.pass(1000);
    expect(rowsOf(await stage.find('+393337654321'))).toHaveLength(1);
    expect(rowsOf(await stage.find()).map(({ clientRef }) => clientRef)).toEqual(['usual']);
  });
});

describe('listing a period', () => {
  it('a page cursor is followed to the last row, in order', async () => {
    const stage = await opened({ recordPageSize: 2 });
    for (const ref of ['a', 'b', 'c', 'd', 'e']) await send(stage, ref);
    const listed = rowsOf(await stage.records.list({ from: RECEIVER_TIME, until: RECEIVER_TIME }));
    expect(listed.map(({ clientRef }) => clientRef)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(stage.fake.lookUps().map(({ rows }) => rows)).toEqual([2, 2, 1]);
  });

  it('a period of days is asked for by windows of 24 hours, and no row comes twice', async () => {
    const stage = await opened();
    for (const ref of ['first', 'second', 'third']) {
      await send(stage, ref);
      stage.pass(24 * HOUR);
    }
    const listed = rowsOf(await stage.records.list({ from: RECEIVER_TIME, until: RECEIVER_TIME + 48 * HOUR }));
    expect(listed.map(({ clientRef }) => clientRef)).toEqual(['first', 'second', 'third']);
    expect(stage.fake.lookUps()).toHaveLength(3);
  });

  it('one page that fails makes the whole list unavailable', async () => {
    const first = { request_status: 'TRUNCATED', cursor: 'next', iv: 'half', records: [] };
    const asked: string[] = [];
    const baseUrl = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(asked.length === 1 ? 200 : 500).end(JSON.stringify(first));
    });
    const answer = await createVonageRecords(config(baseUrl)).list({ from: RECEIVER_TIME, until: RECEIVER_TIME });
    expect(answer).toEqual({ kind: 'unavailable', code: 'http_500' });
    expect(asked[1]).toBe(`${asked[0]}&cursor=next&iv=half`);
  });
});

describe('no answer is not an absence', () => {
  it.each([401, 403, 429, 500, 503])('%i is unavailable, for the recipient the fault is for', async (status) => {
    const stage = await opened();
    stage.fake.setFault({ kind: 'records_status', status, to: SMS.to, times: 1 });
    expect((await stage.find('+393337654321')).kind).toBe('records');
    expect(await stage.find()).toEqual({ kind: 'unavailable', code: `http_${status}` });
    expect((await stage.find()).kind).toBe('records');
  });

  it('a wrong secret is unavailable, and neither it nor a number is in the code', async () => {
    const { fake } = await opened();
    const records = createVonageRecords({ apiKey: fake.apiKey, apiSecret: SECRET, baseUrl: fake.url, timeoutMs: 2000 });
    expect(await records.list({ from: RECEIVER_TIME, until: RECEIVER_TIME })).toEqual({
      kind: 'unavailable',
      code: 'http_401',
    });
  });

  it.each([
    [RECEIVER_TIME, RECEIVER_TIME - 1],
    [Number.NaN, RECEIVER_TIME],
    [-Infinity, RECEIVER_TIME],
    [RECEIVER_TIME, Infinity],
  ])('a window from %d to %d is unavailable without a request', async (from, until) => {
    const stage = await opened();
    expect(await stage.find(SMS.to, from, until)).toEqual({ kind: 'unavailable', code: 'bad_window' });
    expect(stage.fake.lookUps()).toEqual([]);
  });

  const row = {
    message_id: 'id',
    to: '393331234567',
    from: 'Dopo',
    provider: 'sms',
    date_received: '2026-03-02T22:41:00Z',
  };
  const good = { request_status: 'SUCCESS', records: [row] };
  const json =
    (body: unknown): RequestListener =>
    (_request, response) =>
      void response.end(JSON.stringify(body));

  it.each<[string, RequestListener, string]>([
    ['an answer that is no list', json({ ...good, records: { 0: row } }), 'unreadable_body'],
    ['an answer without rows', json({ request_status: 'SUCCESS' }), 'unreadable_body'],
    ['a status that is no success', json({ ...good, request_status: 'FAILED' }), 'unreadable_body'],
    [
      'a row that cannot be read',
      json({ ...good, records: [row, { ...row, date_received: 'now' }] }),
      'unreadable_body',
    ],
    ['a list that is cut short', json({ ...good, request_status: 'TRUNCATED' }), 'unreadable_body'],
    ['half an answer', (_request, response) => void response.end('{"request_status"'), 'unreadable_body'],
    ['no body', (_request, response) => void response.end(), 'unreadable_body'],
    ['an endless body', (_request, response) => void response.write('{'), 'unreadable_body'],
    ['no answer', () => undefined, 'timeout'],
    ['a reset', (request) => void request.socket.destroy(), 'connection_lost'],
    ['a redirect', (_request, response) => void response.writeHead(302, { location: '/' }).end(), 'http_302'],
    ['an empty success', (_request, response) => void response.writeHead(204).end(), 'http_204'],
  ])('%s is unavailable', async (_name, listener, code) => {
    const records = createVonageRecords({ ...config(await serve(listener)), timeoutMs: 1000 });
    expect(await records.find({ to: SMS.to, from: RECEIVER_TIME, until: RECEIVER_TIME })).toEqual({
      kind: 'unavailable',
      code,
    });
  });

  it('a redirect is not followed, so that the secret goes nowhere else', async () => {
    let followed = false;
    const elsewhere = await serve((_request, response) => {
      followed = true;
      response.end(JSON.stringify(good));
    });
    const baseUrl = await serve((_request, response) => void response.writeHead(307, { location: elsewhere }).end());
    const answer = await createVonageRecords(config(baseUrl)).list({ from: RECEIVER_TIME, until: RECEIVER_TIME });
    expect({ answer, followed }).toEqual({ answer: { kind: 'unavailable', code: 'http_307' }, followed: false });
  });

  it('a row whose status is missing or new is a message they took', async () => {
    const rows = [
      { ...row, status: null },
      { ...row, client_ref: '' },
      { ...row, status: 'teleported', error_code: '0' },
    ];
    const records = createVonageRecords(config(await serve(json({ ...good, records: rows }))));
    const found = rowsOf(await records.list({ from: RECEIVER_TIME, until: RECEIVER_TIME }));
    const expected = {
      providerId: 'id',
      channel: 'sms',
      to: SMS.to,
      from: 'Dopo',
      receipt: 'submitted',
      at: RECEIVER_TIME,
    };
    expect(found).toEqual([expected, expected, expected]);
  });
});

describe('creating the look-up', () => {
  const right = { apiKey: 'abcd1234', apiSecret: SECRET, baseUrl: 'https://api.nexmo.com', timeoutMs: 1000 };

  it.each([
    [{ apiKey: '' }, 'API key'],
    [{ apiKey: 'a:b' }, 'API key'],
    [{ apiSecret: '' }, 'API secret'],
    [{ baseUrl: 'api.nexmo.com' }, 'Reports URL'],
    [{ timeoutMs: 0 }, 'time-out'],
    [{ timeoutMs: Number.NaN }, 'time-out'],
  ])('%j is refused without showing a secret', (wrong, named) => {
    let message = '';
    try {
      createVonageRecords({ ...right, ...wrong });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(named);
    expect(message).not.toContain(SECRET);
  });
});

function config(baseUrl: string) {
  return { apiKey: 'abcd1234', apiSecret: SECRET, baseUrl, timeoutMs: 2000 };
}

/** A server that answers as told. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
