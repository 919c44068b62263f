import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkRequest } from '../../../vonage/fake/request.ts';
import type { ReceiptMode } from '../../../vonage/fake/messages.ts';
import { parseInbound, parseStatus, verifyWebhook } from '../../../vonage/webhooks.ts';
import { API_KEY, RECEIVER_TIME, SIGNATURE_SECRET, SMS, startStage } from '../receiver.ts';
import type { Received, ReceiverStage } from '../receiver.ts';

let stage: ReceiverStage;
const stages: ReceiverStage[] = [];
async function open(receipts: ReceiptMode): Promise<void> {
  stage = await startStage(receipts, 5000);
  stages.push(stage);
}
beforeEach(() => open('before_response'));
afterEach(async () => {
  for (const opened of stages.splice(0)) await opened.close();
});

function statuses(received: readonly Received[] = stage.receiver.received): string[] {
  return received.map(({ rawBody }) => {
    const parsed = parseStatus(rawBody);
    return parsed.kind === 'status' ? parsed.status : parsed.why;
  });
}

const OTHER = '+393337654321';

function recipients(): string[] {
  return stage.receiver.received.map(({ rawBody }) => {
    const parsed = parseStatus(rawBody);
    return parsed.kind === 'status' ? parsed.to : parsed.why;
  });
}

function verdict({ authorization, rawBody }: Received) {
  return verifyWebhook({ authorization, rawBody, now: RECEIVER_TIME, secrets: [SIGNATURE_SECRET] });
}

async function post(path: string, body: unknown, method = 'POST') {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(stage.fake.url + path, init);
  return { status: response.status, body: await response.json() };
}

describe('receipts of the stand-in', () => {
  it('submitted and delivered have arrived, signed, before the response does', async () => {
    const outcome = await stage.sender.send(SMS);
    expect(statuses()).toEqual(['submitted', 'delivered']);
    for (const received of stage.receiver.received) {
      expect(verdict(received)).toEqual({ kind: 'ok', apiKey: API_KEY });
      expect(parseStatus(received.rawBody)).toMatchObject({
        to: SMS.to,
        from: SMS.from,
        clientRef: SMS.clientRef,
        at: RECEIVER_TIME,
        segments: 1,
        providerId: outcome.kind === 'accepted' ? outcome.providerId : 'none',
      });
    }
  });

  it('a message with its own webhook URL has its statuses sent there', async () => {
    await stage.sender.send({ ...SMS, webhookUrl: `${stage.receiver.url}/mine` });
    expect(stage.receiver.received.map(({ path }) => path)).toEqual(['/mine', '/mine']);
  });

  it('after_response: the receipts follow the response', async () => {
    await open('after_response');
    expect((await stage.sender.send(SMS)).kind).toBe('accepted');
    await expect.poll(() => statuses()).toEqual(['submitted', 'delivered']);
  });

  it('a message that is not delivered within its time to live is rejected as expired, and one that is in time is delivered', async () => {
    let now = RECEIVER_TIME;
    stage = await startStage('manual', 5000, { clock: { now: () => now } });
    stages.push(stage);
    for (const [ttlSeconds, after, end] of [
      [60, 59_000, 'delivered'],
      [60, 61_000, 'rejected'],
      [undefined, 71 * 3_600_000, 'delivered'],
      [undefined, 73 * 3_600_000, 'rejected'],
    ] as const) {
      await stage.sender.send({ ...SMS, ...(ttlSeconds !== undefined && { ttlSeconds }) });
      expect(stage.fake.messages().at(-1)?.ttlSeconds).toBe(ttlSeconds ?? null);
      now += after;
      await stage.fake.deliverReceipts();
      const received = stage.receiver.received.splice(0);
      expect(statuses(received)).toEqual(['submitted', end]);
      const last = parseStatus(received.at(-1)?.rawBody ?? Buffer.of());
      expect(last.kind === 'status' && last.error?.code).toBe(end === 'rejected' ? '1360' : undefined);
    }
  });

  it.each([
    ['sms', 19, 'invalid'],
    ['sms', 20, 'ok'],
    ['sms', 604_800, 'ok'],
    ['sms', 604_801, 'invalid'],
    ['sms', 60.5, 'invalid'],
    ['rcs', 19, 'invalid'],
    ['rcs', 259_200, 'ok'],
    ['rcs', 259_201, 'invalid'],
  ])('a time to live on %s of %d s is %s', (channel, ttl, kind) => {
    const body = { channel, ttl, message_type: 'text', to: '393331234567', from: 'BottegaSole', text: 'Ciao' };
    expect(checkRequest(Buffer.from(JSON.stringify(body))).kind).toBe(kind);
  });

  it('manual: nothing arrives until asked for, and a 503 waits for the next time', async () => {
    await open('manual');
    await stage.sender.send(SMS);
    expect(statuses()).toEqual([]);
    stage.receiver.answers.push(503);
    await stage.fake.deliverReceipts();
    expect(statuses()).toEqual(['submitted', 'delivered']);
    await stage.fake.deliverReceipts();
    expect(statuses()).toEqual(['submitted', 'delivered', 'submitted']);
    await stage.fake.deliverReceipts();
    expect(statuses()).toHaveLength(3);
  });

  it('a webhook answered 4xx is dropped, except 429', async () => {
    await open('manual');
    await stage.sender.send(SMS);
    stage.receiver.answers.push(401, 429);
    await stage.fake.deliverReceipts();
    await stage.fake.deliverReceipts();
    expect(statuses()).toEqual(['submitted', 'delivered', 'delivered']);
    expect(stage.fake.webhooks().map(({ httpStatus }) => httpStatus)).toEqual([401, 429, 200]);
  });

  it.each([
    [{ kind: 'duplicate_receipts' }, ['submitted', 'submitted', 'delivered', 'delivered']],
    [{ kind: 'reordered_receipts' }, ['delivered', 'submitted']],
    [{ kind: 'no_receipts' }, []],
    [{ kind: 'error_receipt', code: '1240' }, ['submitted', 'rejected']],
    [{ kind: 'error_receipt', code: '1230', status: 'undeliverable' }, ['submitted', 'undeliverable']],
    // No network reports that an SMS was read.
    [{ kind: 'read_receipt' }, ['submitted', 'delivered']],
  ] as const)('%j', async (fault, expected) => {
    stage.fake.setFault({ ...fault, times: 1 });
    await stage.sender.send(SMS);
    expect(statuses()).toEqual(expected);
    await stage.sender.send(SMS);
    expect(statuses().slice(expected.length)).toEqual(['submitted', 'delivered']);
  });

  it('an opted-out number is accepted first, and rejected with 1240 by a receipt', async () => {
    stage.fake.setFault({ kind: 'error_receipt', code: '1240' });
    expect((await stage.sender.send(SMS)).kind).toBe('accepted');
    const last = stage.receiver.received.at(-1);
    expect(last && parseStatus(last.rawBody)).toMatchObject({ error: { code: '1240', group: 'opted_out' } });
  });

  it.each([
    [{ kind: 'read_receipt' }, ['submitted', 'delivered', 'read']],
    [{ kind: 'error_receipt', code: '1300' }, ['submitted', 'rejected']],
  ] as const)('RCS: %j', async (fault, expected) => {
    stage.fake.setFault(fault);
    await stage.sender.send({ ...SMS, channel: 'rcs', from: 'BottegaSole' });
    expect(statuses()).toEqual(expected);
    for (const { rawBody } of stage.receiver.received) {
      expect(JSON.parse(rawBody.toString())).not.toHaveProperty('usage');
      expect(parseStatus(rawBody)).toMatchObject({ channel: 'rcs', from: 'BottegaSole' });
    }
  });

  it('receipts of one recipient can be held back and delivered on their own', async () => {
    stage.fake.setFault({ kind: 'held_receipts', times: 2 });
    await stage.sender.send(SMS);
    await stage.sender.send({ ...SMS, to: OTHER });
    expect(statuses()).toEqual([]);
    await stage.fake.deliverReceipts(OTHER);
    expect(recipients()).toEqual([OTHER, OTHER]);
    await stage.fake.deliverReceipts();
    expect(recipients()).toEqual([OTHER, OTHER, SMS.to, SMS.to]);
  });

  it('an accepted message may lose its answer and its receipts at once', async () => {
    stage.fake.setFault({ kind: 'reset_after_accept', times: 1 });
    stage.fake.setFault({ kind: 'no_receipts', times: 1 });
    expect((await stage.sender.send(SMS)).kind).toBe('unknown');
    expect(stage.fake.messages()).toHaveLength(1);
    expect(statuses()).toEqual([]);
  });
});

describe('faults for one recipient', () => {
  it('meet no other message, and the first that fits wins', async () => {
    stage.fake.setFault({ kind: 'status', status: 503, to: OTHER, times: 1 });
    stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
    stage.fake.setFault({ kind: 'reset_before_accept', to: SMS.to, times: 1 });
    const codes = [];
    for (const to of [SMS.to, SMS.to, OTHER, OTHER]) {
      const outcome = await stage.sender.send({ ...SMS, to });
      codes.push(outcome.kind === 'accepted' ? 'accepted' : outcome.code);
    }
    expect(codes).toEqual(['429', 'connection_lost', 'http_503', 'accepted']);
  });

  it('do not mix, however many are sent at once', async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => `+3933312345${index + 10}`);
    const unlucky = numbers.filter((_, index) => index % 2 === 0);
    for (const to of unlucky) stage.fake.setFault({ kind: 'status', status: 422, to, times: 1 });
    const outcomes = await Promise.all(numbers.map((to) => stage.sender.send({ ...SMS, to })));
    expect(numbers.filter((_, index) => outcomes[index]?.kind === 'refused')).toEqual(unlucky);
    expect(new Set(stage.fake.refused().map(({ to }) => to))).toEqual(new Set(unlucky));
  });
});

describe('the quota of the stand-in', () => {
  it('refuses exactly what is over it, with 429 and the wait, and keeps the moment of each request', async () => {
    let now = RECEIVER_TIME;
    stage = await startStage('manual', 5000, { clock: { now: () => now }, limit: { perSecond: 2, burst: 2 } });
    stages.push(stage);
    const kinds = [];
    for (const at of [0, 0, 499, 500]) {
      now = RECEIVER_TIME + at;
      const outcome = await stage.sender.send({ ...SMS, clientRef: `at-${at}` });
      kinds.push(outcome.kind);
      if (outcome.kind === 'refused')
        expect(outcome).toEqual({ kind: 'refused', code: '429', retry: 'later', retryAfterMs: 1000 });
    }
    expect(kinds).toEqual(['accepted', 'accepted', 'refused', 'accepted']);
    expect(stage.fake.messages().map(({ acceptedAt }) => acceptedAt - RECEIVER_TIME)).toEqual([0, 0, 500]);
    expect(stage.fake.refused()).toEqual([{ at: RECEIVER_TIME + 499, status: 429, to: SMS.to, clientRef: 'at-499' }]);
  });

  it('a refused request uses up no fault', async () => {
    stage.fake.setFault({ kind: 'status', status: 503, times: 1 });
    stage.fake.setLimit({ perSecond: 1, burst: 1 });
    expect(await stage.sender.send(SMS)).toMatchObject({ code: 'http_503' });
    stage.fake.setFault({ kind: 'status', status: 503, times: 1 });
    expect(await stage.sender.send(SMS)).toMatchObject({ code: '429' });
    stage.fake.setLimit(undefined);
    expect(await stage.sender.send(SMS)).toMatchObject({ code: 'http_503' });
  });

  it('can be changed while it runs, over HTTP too', async () => {
    expect((await post('/_fake/limit', { perSecond: 1, burst: 1 }, 'PUT')).status).toBe(200);
    expect((await stage.sender.send(SMS)).kind).toBe('accepted');
    expect((await stage.sender.send(SMS)).kind).toBe('refused');
    expect((await post('/_fake/limit', { perSecond: 0, burst: 1 }, 'PUT')).status).toBe(400);
    expect((await post('/_fake/limit', undefined, 'DELETE')).status).toBe(200);
    expect((await stage.sender.send(SMS)).kind).toBe('accepted');
  });
});

describe('customers of the stand-in', () => {
  it('a reply arrives signed, and resolves with what the service answered', async () => {
    stage.receiver.answers.push(202);
    expect(await stage.fake.reply(SMS.to, SMS.from, 'Stop, grazie')).toBe(202);
    const [received] = stage.receiver.received;
    if (received === undefined) throw new Error('nothing arrived');
    expect(received.path).toBe('/inbound');
    expect(verdict(received)).toEqual({ kind: 'ok', apiKey: API_KEY });
    const sms = { kind: 'text', channel: 'sms', from: SMS.to, to: SMS.from, text: 'Stop, grazie', at: RECEIVER_TIME };
    expect(parseInbound(received.rawBody)).toMatchObject(sms);
  });

  it('a reply that no webhook takes resolves with 0', async () => {
    await stage.receiver.close();
    expect(await stage.fake.reply(SMS.to, SMS.from, '5')).toBe(0);
  });
});

describe('the stand-in over HTTP', () => {
  it('a request without or with a foreign token is answered 401 and logged as refused', async () => {
    const { status, body } = await post('/v1/messages', {});
    expect(status).toBe(401);
    expect(body).toMatchObject({ type: expect.stringMatching(/#unathorized$/) });
    expect(stage.fake.refused()).toEqual([{ at: RECEIVER_TIME, status: 401, to: null, clientRef: null }]);
    expect(stage.fake.messages()).toEqual([]);
  });

  it('faults are set, checked and cleared', async () => {
    expect((await post('/_fake/faults', { kind: 'status', status: 429, times: 1 })).status).toBe(200);
    expect(await stage.sender.send(SMS)).toMatchObject({ kind: 'refused', code: '429' });
    expect((await stage.sender.send(SMS)).kind).toBe('accepted');
    await post('/_fake/faults', { kind: 'status', status: 503 });
    await post('/_fake/faults', undefined, 'DELETE');
    expect((await stage.sender.send(SMS)).kind).toBe('accepted');
    expect((await post('/_fake/faults', { kind: 'statuss' })).status).toBe(400);
    expect((await post('/_fake/faults', { kind: 'no_receipts', tmes: 1 })).status).toBe(400);
  });

  it('the log and the replies are there as JSON', async () => {
    await stage.sender.send(SMS);
    expect(await post('/_fake/replies', { from: SMS.to, to: SMS.from, text: '5' })).toEqual({
      status: 200,
      body: { status: 200 },
    });
    const log = await post('/_fake/messages', undefined, 'GET');
    expect(log.body).toMatchObject({
      messages: [{ to: SMS.to, text: SMS.text, clientRef: SMS.clientRef, acceptedAt: RECEIVER_TIME }],
      replies: [{ from: SMS.to, text: '5', httpStatus: 200 }],
      refused: [],
    });
    expect((await post('/_fake/replies', { from: SMS.to })).status).toBe(400);
    expect((await post('/_fake/nothing', {})).status).toBe(404);
  });

  it('the records answer their account alone, and only what they can', async () => {
    await stage.sender.send(SMS);
    const { apiKey, apiSecret, url } = stage.fake;
    const day = { date_start: '2026-03-02T00:00:00Z', date_end: '2026-03-03T00:00:00Z' };
    const whole = { product: 'MESSAGES', account_id: apiKey, direction: 'outbound', ...day };
    const statusOf = async (change: object, secret = apiSecret) => {
      const query = new URLSearchParams({ ...whole, ...change });
      const authorization = `Basic ${Buffer.from(`${apiKey}:${secret}`).toString('base64')}`;
      return (await fetch(`${url}/v2/reports/records?${query.toString()}`, { headers: { authorization } })).status;
    };
    expect(await statusOf({})).toBe(200);
    expect(await statusOf({}, 'another')).toBe(401);
    expect(await statusOf({ account_id: 'another' })).toBe(403);
    const wrong = [{ product: 'SMS' }, { direction: 'inbound' }, { date_end: '2026-03-03T00:00:01Z' }, { cursor: 'x' }];
    for (const change of wrong) expect(await statusOf(change), JSON.stringify(change)).toBe(422);
    expect(stage.fake.lookUps().map(({ rows }) => rows)).toEqual([1, 0, 0, 0, 0, 0, 0]);
  });

  it('closing ends a delayed and a stalled answer', async () => {
    stage.fake.setFault({ kind: 'delay', ms: 60_000, times: 1 });
    stage.fake.setFault({ kind: 'stall_after_accept', times: 1 });
    const outcomes = [stage.sender.send(SMS), stage.sender.send(SMS)];
    await expect.poll(() => stage.receiver.received.length).toBe(4);
    await stage.fake.close();
    for (const outcome of await Promise.all(outcomes)) expect(outcome.kind).toBe('unknown');
  });
});
