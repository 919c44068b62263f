import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckConsentOptions, CheckConsentResult } from '../../../activities/check-consent.ts';
import type { Intent, SendMessageResult } from '../../../domain/sending/intent.ts';
import { createCheckConsent } from '../../../activities/check-consent.ts';
import type { SubmitDeps } from '../../../activities/send/hand-over.ts';
import { createWriteText } from '../../../activities/render-message.ts';
import { IN_PLACE_LIMITS, createSendInPlace } from '../../../activities/send/send-in-place.ts';
import { createSendMessage } from '../../../activities/send/send-message.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { storeFact } from '../../../db/orders/inbox.ts';
import { saveLane } from '../../../db/sending/lanes/lanes.ts';
import { accountLane } from '../../../domain/sending/lane.ts';
import { HOUR } from '../../../domain/time/duration.ts';
import { SETTLE_RULES } from '../../../domain/sending/ledger.ts';
import { loadTemplates } from '../../../templates/load.ts';
import { storeOf, tokenOf } from '../../helpers/keys.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, intended, placedOrder, ledgerRowOf, shipped } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { rules, startSending } from './sending.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

const templates = loadTemplates();

class Crash extends Error {}

type CrashPoint = Parameters<NonNullable<SubmitDeps['faultPoint']>>[0] | 'sent';

function asked(
  order: PlacedOrder,
  overrides: Partial<Intent & CheckConsentOptions> = {},
): Intent & CheckConsentOptions {
  return { ...intended(order), asOf: NOON, render: true, send: true, ...overrides };
}

function checkAndSend(
  order: PlacedOrder,
  overrides?: Partial<Intent & CheckConsentOptions>,
  crashAt?: CrashPoint,
): Promise<CheckConsentResult> {
  return run(asked(order, overrides), crashAt);
}

/**
 * Runs the local activity as the worker of orders does. `crashAt`: where it ends, as if the process died. `meanwhile`: runs before the submission.
 * `answer`: its task does not wait for the send, which reads the provider's answer then.
 */
function run(
  input: Intent & CheckConsentOptions,
  crashAt?: CrashPoint,
  meanwhile?: () => Promise<unknown>,
  answer?: Promise<void>,
): Promise<CheckConsentResult> {
  const { db, sender } = stage;
  const leave = new AbortController();
  const clock = { now: () => 1 };
  const first = [meanwhile];
  const faultPoint = async (point: string): Promise<void> => {
    if (point === crashAt) throw new Crash(point);
    if (point === 'gate_read') await first.shift()?.();
    if (point === 'answered' && answer) {
      leave.abort();
      await answer;
    }
  };
  const sendMessage = createSendMessage({ db, rules, sender, tokenOf, settling: SETTLE_RULES, clock, faultPoint });
  const sendInPlace = createSendInPlace(sendMessage, IN_PLACE_LIMITS, leave.signal);
  const checkConsent = createCheckConsent({
    db,
    rules,
    writeText: createWriteText({ db, rules, templates }),
    // `sendInPlace` would catch the crash, but a process that dies returns nothing.
    sendInPlace: async (...given) => {
      const sent = await (crashAt && crashAt !== 'sent' ? sendMessage(...given) : sendInPlace(...given));
      if (crashAt === 'sent') throw new Crash();
      return sent;
    },
  });
  const environment = new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: 1 },
    { logger: new DefaultLogger('ERROR') },
  );
  return environment.run(checkConsent, input);
}

async function decisionsOf(order: PlacedOrder): Promise<string[]> {
  const rows = await stage
    .db('decisions')
    .where({ order_id: order.order })
    .orderBy('id')
    .select<{ outcome: string }[]>('outcome');
  return rows.map(({ outcome }) => outcome);
}

function idOf(checked: CheckConsentResult): string {
  if (checked.kind !== 'send') throw new Error(checked.kind);
  return checked.message;
}

describe('a message that is sent in its order’s workflow task', () => {
  let order: PlacedOrder;
  beforeEach(async () => {
    order = await placedOrder(stage.db);
    stage.requests();
  });

  it('is decided, written and accepted in one call', async () => {
    expect(await checkAndSend(order)).toMatchObject({
      kind: 'send',
      rendered: { kind: 'rendered' },
      sent: { kind: 'accepted' },
    });
    expect(stage.requests()).toBe(1);
  });

  it('is not sent by a run of the former version, nor at night if it has to wait for the day', async () => {
    const { send: _send, ...question } = asked(order);
    expect(await run(question)).not.toHaveProperty('sent');
    const night = NOON + 11 * HOUR;
    const promotion = {
      kind: 'bundle_offer',
      step: 'bundle',
      asOf: night,
      dueAt: night,
      usefulUntil: night + 48 * HOUR,
    } as const;
    expect(await checkAndSend(order, promotion)).toMatchObject({ kind: 'wait', reason: 'quiet_hours' });
    expect(stage.requests()).toBe(0);
  });

  it.each(['submitted', 'answered'] as const)(
    'whose worker died when it was %s is left to the send queue, which does not send it again',
    async (point) => {
      await expect(checkAndSend(order, {}, point)).rejects.toThrow(Crash);
      const sentBefore = stage.requests();
      const again = await checkAndSend(order);
      expect(again).not.toHaveProperty('sent');
      expect(await decisionsOf(order)).toEqual(['send']);
      expect(await stage.send(idOf(again), { asOf: NOON })).toMatchObject({ kind: 'unknown' });
      expect([sentBefore, stage.requests()]).toEqual([point === 'answered' ? 1 : 0, 0]);
    },
  );

  it('whose worker died after the provider accepted it is neither decided nor sent again, however late the retry is', async () => {
    await expect(checkAndSend(order, {}, 'sent')).rejects.toThrow(Crash);
    const again = await checkAndSend(order, { asOf: NOON + 90 * HOUR });
    expect(again).not.toHaveProperty('sent');
    expect(await decisionsOf(order)).toEqual(['send']);
    expect(await stage.send(idOf(again), { asOf: NOON + 90 * HOUR })).toEqual({ kind: 'accepted' });
    expect(stage.requests()).toBe(1);
  });

  it('whose worker died before the submission is decided anew: a person who said no meanwhile gets nothing', async () => {
    await expect(checkAndSend(order, {}, 'gate_read')).rejects.toThrow(Crash);
    const stop = { brand: order.brand, address: order.phone, state: 'stopped', source: 'test', at: NOON } as const;
    await changeSuppression(storeOf(stage.db), stop, NOON);
    expect(await checkAndSend(order)).toEqual({ kind: 'skip', reason: 'opted_out' });
    expect(stage.requests()).toBe(0);
  });
});

describe('the text of a message that is sent at once is stored with its submission', () => {
  const withoutText = { body: null, locale: null, encoding: null, segments: null };
  const textOf = async (order: PlacedOrder): Promise<object> => {
    const columns = ['body', 'locale', 'encoding', 'segments'] as const;
    return stage
      .db('messages')
      .where({ order_id: order.order })
      .first<object>(...columns);
  };
  let order: PlacedOrder;
  const written = { body: expect.any(String) as string, locale: 'it', encoding: 'gsm7', segments: 1 };
  beforeEach(async () => {
    order = await placedOrder(stage.db);
    stage.requests();
  });

  it('and is the text that the provider got', async () => {
    await checkAndSend(order);
    const { text } = stage.fake.messages().at(-1) ?? {};
    expect(await textOf(order)).toMatchObject({ ...written, body: text });
  });

  it('no sooner: a worker that dies before it leaves a message without a text, and the next run writes it', async () => {
    await expect(checkAndSend(order, {}, 'gate_read')).rejects.toThrow(Crash);
    expect(await textOf(order)).toMatchObject(withoutText);
    const checked = await checkAndSend(order);
    expect(checked).toMatchObject({ sent: { kind: 'accepted' } });
    expect(await textOf(order)).toMatchObject({ ...written, body: stage.fake.messages().at(-1)?.text });
  });

  it('or before the message goes to the send queue', async () => {
    const stopping = new AbortController();
    stopping.abort();
    const checkConsent = createCheckConsent({
      db: stage.db,
      rules,
      writeText: createWriteText({ db: stage.db, rules, templates }),
      sendInPlace: createSendInPlace(() => Promise.reject(new Crash()), IN_PLACE_LIMITS, stopping.signal),
    });
    const checked: CheckConsentResult = await new MockActivityEnvironment().run(checkConsent, asked(order));
    expect(checked).not.toHaveProperty('sent');
    expect(await textOf(order)).toMatchObject(written);
    expect(await stage.send(idOf(checked), { asOf: NOON })).toEqual({ kind: 'accepted' });
  });

  it('or before the message is read again, because something about its person has changed', async () => {
    const moved = (): Promise<unknown> =>
      stage.owner('contacts').where({ id: order.contact }).increment('gate_version', 1);
    expect(await run(asked(order), undefined, moved)).toMatchObject({ sent: { kind: 'accepted' } });
    expect(await textOf(order)).toMatchObject({ ...written, body: stage.fake.messages().at(-1)?.text });
  });

  it('or when the message has to wait after all', async () => {
    await saveLane(stage.db, accountLane(30));
    const lanes = (): ReturnType<typeof stage.owner> => stage.owner('lanes').where({ kind: 'account' });
    await lanes().update({ blocked_until: new Date(NOON + HOUR) });
    const checked = await checkAndSend(order);
    await lanes().delete();
    expect(checked).toMatchObject({ sent: { kind: 'wait', reason: 'slot' } });
    expect(await textOf(order)).toMatchObject(written);
  });
});

describe('a message that was inserted a moment ago is sent without being read again, and is not sent after', () => {
  let order: PlacedOrder;
  beforeEach(async () => {
    order = await placedOrder(stage.db);
    await shipped(stage.db, order);
    stage.requests();
  });
  afterEach(() => expect(stage.requests()).toBe(0));

  const store = (id: string, type: string, payload: object, applied: boolean): Promise<unknown> => {
    const fact = { brand: order.brand, order: order.order, source: 'api', id, type, at: NOON, now: NOON } as const;
    return storeFact(stage.db, { ...fact, payload, requestHash: Buffer.alloc(0), applied });
  };
  const delivered = (applied = false): Promise<unknown> =>
    store('delivered', 'parcel_delivered', { parcel: 'parcel-1' }, applied);
  const updated = (): Promise<unknown> => store('update', 'order_updated', {}, true);

  it('a STOP between the gate and the submission', async () => {
    const stop = { brand: order.brand, address: order.phone, state: 'stopped', source: 'test', at: NOON } as const;
    const checked = await run(asked(order), undefined, () => changeSuppression(storeOf(stage.db), stop, NOON));
    expect(checked).toMatchObject({ sent: { kind: 'skip', reason: 'opted_out' } });
  });

  it('a delivery between the gate and the submission, if the message says "shipped"', async () => {
    expect(await run(asked(order), undefined, delivered)).toMatchObject({
      sent: { kind: 'skip', reason: 'superseded' },
    });
  });

  it('a delivery that its run did not know when it planned the message', async () => {
    await delivered(true);
    expect(await checkAndSend(order, { heard: 'shipped-1' })).toMatchObject({
      sent: { kind: 'skip', reason: 'superseded' },
    });
    order = await placedOrder(stage.db);
    await shipped(stage.db, order);
    await delivered();
    await updated();
    expect(await checkAndSend(order, { heard: 'update' })).toMatchObject({
      sent: { kind: 'skip', reason: 'superseded' },
    });
  });

  it('a block of the template in the language of its text, which is not the language that the gate expected', async () => {
    await stage.db('orders').where({ id: order.order }).update({ locale: 'nl' });
    const about = idOf(await stage.check(await placedOrder(stage.db)));
    const stop = { scope: 'template', channel: 'sms', kind: 'shipped', locale: 'en', code: '1210', message_id: about };
    const [row] = await stage
      .db('blocks')
      .insert({ ...stop, brand_id: order.brand, opened_at: new Date(NOON) })
      .returning<{ id: number }[]>('id');
    expect(await checkAndSend(order)).toMatchObject({ sent: { kind: 'wait', reason: 'stopped' } });
    await stage.owner('blocks').where({ id: row?.id }).delete();
  });
});

it('a message whose task does not wait for its send is unknown to the send queue until the answer comes, and is sent once', async () => {
  const order = await placedOrder(stage.db);
  stage.requests();
  const answer = Promise.withResolvers<void>();
  const checked = await run(asked(order), undefined, undefined, answer.promise);
  expect(checked).not.toHaveProperty('sent');
  const message = idOf(checked);
  expect(await stage.send(message, { asOf: NOON })).toMatchObject({ kind: 'unknown' });
  answer.resolve();
  await expect.poll(async () => (await ledgerRowOf(stage.db, message)).state).toBe('accepted');
  expect(await stage.send(message, { asOf: NOON })).toEqual({ kind: 'accepted' });
  expect(stage.requests()).toBe(1);
});

describe('sends in the worker of orders', () => {
  const ACCEPTED: SendMessageResult = { kind: 'accepted' };
  const input = { message: 'm', asOf: NOON };

  // Without room in between it would hang, and not fail.
  it('are at most so many at a time, and the other messages take the queue', { timeout: 10_000 }, async () => {
    const gates = Array.from({ length: 3 }, () => Promise.withResolvers<SendMessageResult>());
    const left = gates.values();
    const sendInPlace = createSendInPlace(() => left.next().value?.promise ?? Promise.resolve(ACCEPTED), {
      mostUnderWay: 2,
      slow: Infinity,
      closedFor: 0,
      patience: 60_000,
    });
    const sent = [sendInPlace(input), sendInPlace(input), sendInPlace(input)];
    expect(await sent[2]).toBeUndefined();
    gates[0]?.resolve(ACCEPTED);
    expect(await sent[0]).toEqual(ACCEPTED);
    const next = sendInPlace(input);
    for (const gate of gates) gate.resolve(ACCEPTED);
    expect([await sent[1], await next]).toEqual([ACCEPTED, ACCEPTED]);
  });

  it('stop for a while after a slow one: a slow provider does not block workflow tasks', async () => {
    let slow = true;
    const sendMessage = async (): Promise<SendMessageResult> => {
      if (slow) await sleep(30);
      return ACCEPTED;
    };
    const sendInPlace = createSendInPlace(sendMessage, {
      mostUnderWay: 2,
      slow: 10,
      closedFor: 60_000,
      patience: 60_000,
    });
    const opensAgain = createSendInPlace(sendMessage, { mostUnderWay: 2, slow: 10, closedFor: 0, patience: 60_000 });
    expect([await sendInPlace(input), await opensAgain(input)]).toEqual([ACCEPTED, ACCEPTED]);
    slow = false;
    expect([await sendInPlace(input), await opensAgain(input)]).toEqual([undefined, ACCEPTED]);
  });

  it('that are under way when the process stops go to the queue', async () => {
    const stopping = new AbortController();
    const gate = Promise.withResolvers<SendMessageResult>();
    const sendInPlace = createSendInPlace(
      () => gate.promise,
      { mostUnderWay: 1, slow: Infinity, closedFor: 0, patience: 60_000 },
      stopping.signal,
    );
    const sent = sendInPlace(input);
    stopping.abort();
    expect(await sent).toBeUndefined();
    expect(await createSendInPlace(() => Promise.resolve(ACCEPTED), undefined, stopping.signal)(input)).toBeUndefined();
  });

  it('that outlast the patience of their task go on without it, and keep their place until they end', async () => {
    const gates = [Promise.withResolvers<SendMessageResult>(), Promise.withResolvers<SendMessageResult>()];
    const left = gates.values();
    const sendInPlace = createSendInPlace(() => left.next().value?.promise ?? Promise.resolve(ACCEPTED), {
      mostUnderWay: 1,
      slow: Infinity,
      closedFor: 0,
      patience: 10,
    });
    expect(await sendInPlace(input)).toBeUndefined();
    expect(await sendInPlace(input)).toBeUndefined();
    gates[0]?.resolve(ACCEPTED);
    await gates[0]?.promise;
    await sleep(0);
    gates[1]?.resolve(ACCEPTED);
    expect(await sendInPlace(input)).toEqual(ACCEPTED);
  });

  it('that fail go to the queue, and free their place', async () => {
    const lines: unknown[] = [];
    const logger = new DefaultLogger('WARN', (line) => lines.push(line.message, line.meta?.['code']));
    const environment = new MockActivityEnvironment({}, { logger });
    let failing = true;
    const sendInPlace = createSendInPlace(
      () => (failing ? Promise.reject(new RangeError('+393331234567 is no row')) : Promise.resolve(ACCEPTED)),
      { mostUnderWay: 1, slow: Infinity, closedFor: 0, patience: 60_000 },
    );
    expect(await environment.run(sendInPlace, input)).toBeUndefined();
    // The message of an error may quote values.
    expect(lines).toEqual(['a send has failed and goes to the queue', 'RangeError']);
    failing = false;
    expect(await environment.run(sendInPlace, input)).toEqual(ACCEPTED);
  });
});
