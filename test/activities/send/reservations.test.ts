import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRenderMessage } from '../../../activities/render-message.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { saveLane } from '../../../db/sending/lanes/lanes.ts';
import { OPEN_AFTER, accountLane } from '../../../domain/sending/lane.ts';
import { loadTemplates } from '../../../templates/load.ts';
import { anotherMessage, removeLanes, reserveTokens } from '../../helpers/lanes.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, attemptsOf, intended, placedOrder, planned, ledgerRowOf } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { rules, startSending } from './sending.ts';
import { storeOf } from '../../helpers/keys.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const templates = loadTemplates();

let stage: Sending;
let order: PlacedOrder;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());
beforeEach(async () => {
  stage.fake.clearFaults();
  stage.requests();
  order = await placedOrder(stage.db);
  await removeLanes(stage.db);
});

const account = (rate: number): Promise<void> => saveLane(stage.db, accountLane(rate));

async function lane(): Promise<{ taken_to: Date | number; factor: number; open_until: Date | null; failures: number }> {
  return stage.db('lanes').where({ id: 'account' }).first('taken_to', 'factor', 'open_until', 'failures');
}

/** Takes the tokens of so many other messages. */
async function crowd(size: number, kind: 'shipped' | 'bundle_offer' = 'shipped'): Promise<void> {
  const others = await placedOrder(stage.db);
  for (let count = 0; count < size; count += 1)
    await reserveTokens(stage.db, await anotherMessage(stage.db, others, kind, NOON), NOON);
}

describe('a send reserves its tokens', () => {
  it('once: a retry that finds the message accepted takes no token', async () => {
    await account(10);
    const message = await planned(stage.db, order);
    await stage.send(message);
    const before = await lane();
    for (let times = 0; times < 3; times += 1) expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    expect(await lane()).toEqual(before);
    expect(stage.requests()).toBe(1);
  });

  it('and is submitted as of the moment of its token', async () => {
    await account(10);
    await crowd(10);
    const message = await planned(stage.db, order);
    expect(await stage.send(message)).toEqual({ kind: 'accepted' });
    expect((await ledgerRowOf(stage.db, message)).submitted_at?.getTime()).toBe(NOON + 250);
  });

  it('and a STOP that comes while it waits for its token is obeyed', async () => {
    await account(10);
    await crowd(24);
    const message = await planned(stage.db, order);
    const sending = stage.send(message);
    // Its token is taken: it waits for 1.65 s, so that a STOP comes in time on a busy machine, too.
    await expect.poll(async () => Number((await lane()).taken_to), { interval: 5 }).toBe(NOON + 2250);
    const stop = { brand: order.brand, address: order.phone, state: 'stopped', source: 'test', at: NOON } as const;
    await changeSuppression(storeOf(stage.db), stop, NOON);
    expect(await sending).toEqual({ kind: 'skip', reason: 'opted_out' });
    expect(stage.requests()).toBe(0);
    expect(await attemptsOf(stage.db, message)).toEqual([]);
  });

  it('or waits for a later slot, without an attempt and on record', async () => {
    await account(1);
    await crowd(5);
    const message = await planned(stage.db, order, { kind: 'bundle_offer' });
    const result = await stage.send(message);
    expect(result).toMatchObject({ kind: 'wait', reason: 'slot' });
    expect(stage.requests()).toBe(0);
    expect(
      await stage.db('decisions').where({ order_id: order.order, outcome: 'wait' }).select('reason', 'rule'),
    ).toEqual([{ reason: 'slot', rule: 'lane.account' }]);
    if (result.kind === 'wait') expect(await stage.send(message, { asOf: result.until })).toEqual({ kind: 'accepted' });
  });

  it('or ends where its slot is past its use', async () => {
    await account(1);
    await stage.db('lanes').update({ booked_to: new Date(NOON + 8 * DAY), taken_to: new Date(NOON + MINUTE) });
    const message = await planned(stage.db, order, { kind: 'bundle_offer' });
    expect(await stage.send(message)).toEqual({ kind: 'skip', reason: 'too_late' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'expired' });
  });
});

describe('an answer that is about more than its message', () => {
  it('429 cuts the rate, and the message waits', async () => {
    await account(100);
    stage.fake.setFault({ kind: 'status', status: 429, retryAfterSeconds: 3, times: 1 });
    expect(await stage.send(await planned(stage.db, order))).toMatchObject({ kind: 'wait', reason: 'provider_busy' });
    expect(await lane()).toMatchObject({ factor: 0.5, open_until: null });
  });

  it('401 opens the circuit: the next message waits without an attempt', async () => {
    await account(100);
    stage.fake.setFault({ kind: 'status', status: 401, times: 1 });
    await stage.send(await planned(stage.db, order));
    const next = await planned(stage.db, await placedOrder(stage.db));
    expect(await stage.send(next)).toMatchObject({ kind: 'wait', reason: 'provider_down' });
    expect(await attemptsOf(stage.db, next)).toEqual([]);
    expect(stage.requests()).toBe(1);
  });

  it('failures in a row open it; the probe that is accepted closes it for all', async () => {
    await account(100);
    stage.fake.setFault({ kind: 'status', status: 503, times: OPEN_AFTER });
    for (let time = 0; time < OPEN_AFTER; time += 1)
      await stage.send(await planned(stage.db, await placedOrder(stage.db)), { asOf: NOON + time });
    const message = await planned(stage.db, order);
    const held = await stage.send(message, { asOf: NOON + SECOND });
    expect(held).toMatchObject({ kind: 'wait', reason: 'provider_down' });
    if (held.kind === 'wait') expect(await stage.send(message, { asOf: held.until })).toEqual({ kind: 'accepted' });
    expect(await lane()).toMatchObject({ open_until: null, failures: 0 });
  });

  it('a refusal of one message neither slows the lane nor opens its circuit', async () => {
    await account(100);
    stage.fake.setFault({ kind: 'status', status: 400, times: 1 });
    await stage.send(await planned(stage.db, order));
    expect(await lane()).toMatchObject({ failures: 0, factor: 1, open_until: null });
  });
});

describe('a promotion that is rendered', () => {
  const render = (message: string, asOf: number, window?: { before: number; again?: number }) =>
    createRenderMessage({ db: stage.db, templates, rules })({
      message,
      kind: 'bundle_offer',
      zones: ['Europe/Rome'],
      ...(window && { window }),
      asOf,
    });
  const bundle = () => planned(stage.db, order, { kind: 'bundle_offer' });

  it('waits for its slot, keeps it, and goes out then', async () => {
    await account(1);
    await stage.db('lanes').update({ booked_to: new Date(NOON + MINUTE) });
    const message = await bundle();
    const slot = { kind: 'wait', until: NOON + MINUTE, reason: 'slot' };
    expect(await render(message, NOON)).toEqual(slot);
    expect(await render(message, NOON)).toEqual(slot);
    expect(await render(message, NOON + MINUTE)).toMatchObject({ kind: 'rendered' });
    expect(await stage.send(message, { asOf: NOON + MINUTE })).toEqual({ kind: 'accepted' });
  });

  it('is told its window by the gate, and waits for the next when its slot would be outside', async () => {
    await account(1);
    const checked = await stage.check(order, { kind: 'bundle_offer' });
    if (checked.kind !== 'send' || !checked.window) throw new Error('no window');
    const { before, again } = checked.window;
    // Tuesday until 20:00 in Rome and from 9:00 on Wednesday, each with its guard band.
    expect(before).toBe(Date.UTC(2026, 2, 3, 18, 45));
    expect(again).toBeGreaterThanOrEqual(Date.UTC(2026, 2, 4, 8, 10));
    await stage.db('lanes').update({ booked_to: new Date(before) });
    expect(await render(checked.message, NOON, checked.window)).toEqual({ kind: 'wait', until: again, reason: 'slot' });
    // On record with what the gate had just been asked, and until when it is of use: it stands in the way of lesser ones.
    const last: unknown = await stage
      .db('decisions')
      .where({ contact_id: order.contact })
      .orderBy('id', 'desc')
      .first();
    expect(last).toMatchObject({ reason: 'slot', jurisdictions: ['IT'], zone_source: 'address' });
    expect(last).toMatchObject({ local_time: '2026-03-03T12:00', useful_until: expect.any(Date) as unknown });
  });

  it('expires with its reason when there is no window left', async () => {
    await account(1);
    await stage.db('lanes').update({ booked_to: new Date(NOON + 8 * DAY) });
    const message = await bundle();
    expect(await render(message, NOON, { before: NOON + MINUTE })).toEqual({ kind: 'too_late' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'expired', reason: 'too_late' });
  });
});

it('the gate tells no window to order news', async () => {
  const checked = await stage.check(order, intended(order, { kind: 'delivered' }));
  expect(checked).not.toHaveProperty('window');
});

describe('a circuit that may close', () => {
  it('is probed with a request that cannot send anything: no message is risked on a provider that is still away', async () => {
    await account(100);
    stage.fake.setFault({ kind: 'status', status: 503 });
    const failing = await placedOrder(stage.db);
    for (let count = 0; count < OPEN_AFTER; count += 1)
      await stage.send(await anotherMessage(stage.db, failing, 'shipped', NOON));
    const openUntil = (await lane()).open_until?.getTime() ?? 0;
    stage.requests();

    const offer = await planned(stage.db, order, { kind: 'bundle_offer' });
    const waits = { kind: 'wait', reason: 'provider_down' };
    expect(await stage.send(offer, { asOf: openUntil - 1 })).toMatchObject(waits);
    expect(stage.requests()).toBe(0);
    expect(await stage.send(offer, { asOf: openUntil })).toMatchObject(waits);
    expect(stage.requests()).toBe(1);
    expect(await attemptsOf(stage.db, offer)).toEqual([]);
    expect((await lane()).open_until?.getTime()).toBeGreaterThan(openUntil);

    stage.fake.clearFaults();
    expect(await stage.send(offer, { asOf: (await lane()).open_until?.getTime() ?? 0 })).toEqual({ kind: 'accepted' });
    expect(await lane()).toMatchObject({ open_until: null, failures: 0 });
  });
});
