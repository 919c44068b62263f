import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCheckConsent } from '../../../activities/check-consent.ts';
import { recordRefused } from '../../../db/sending/ledger/attempts.ts';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { recordStatus } from '../../../db/sending/ledger/statuses.ts';
import { LAST_SETTLE_AFTER } from '../../../domain/sending/ledger.ts';
import { createVonageSender } from '../../../vonage/client.ts';
import { startFakeVonage } from '../../../vonage/fake/fake.ts';
import type { FakeVonage } from '../../../vonage/fake/fake.ts';
import { parseStatus } from '../../../vonage/webhooks.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import {
  NOON,
  attemptsOf,
  intended,
  placedOrder,
  planned,
  ledgerRowOf,
  shipped,
  submitted,
} from '../../helpers/ledger.ts';
import { API_KEY, SIGNATURE_SECRET } from '../../vonage/receiver.ts';
import type { Sending } from './sending.ts';
import { receipt, rules, runSend, startSending } from './sending.ts';
import { storeOf } from '../../helpers/keys.ts';

const DAY = 24 * 60 * 60_000;
const settled = NOON + LAST_SETTLE_AFTER;
const givenUp = { kind: 'failed', reason: 'outcome_unknown_given_up' };

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.fake.clearFaults();
  stage.requests();
});

/** A message of unknown outcome that the provider has. */
async function unknownMessage(overrides: Parameters<typeof planned>[2] = {}) {
  stage.fake.setFault({ kind: 'reset_after_accept', times: 1 });
  const order = await placedOrder(stage.db);
  await shipped(stage.db, order);
  const message = await planned(stage.db, order, overrides);
  expect(await stage.send(message)).toEqual({ kind: 'unknown', settleAt: settled });
  expect(stage.requests()).toBe(1);
  return { message, order };
}

describe('a run that died between its commit and its call', () => {
  it('is never followed by a blind send: the message is unknown until it is settled', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    await submitted(stage.db, message);
    expect(await stage.send(message)).toEqual({ kind: 'unknown', settleAt: settled });
    expect(await stage.send(message)).toEqual({ kind: 'unknown', settleAt: settled });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'unknown' });
    expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'unknown', code: 'crashed' }]);
    expect(stage.requests()).toBe(0);
  });

  it('is settled from its submission on, however late the retry comes', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    await submitted(stage.db, message);
    expect(await stage.send(message, { scheduledAt: settled - 1 })).toEqual({ kind: 'unknown', settleAt: settled });
  });

  it('whose call was refused after all has its message planned again, also when another run has recorded it as unknown', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    const slow = await submitted(stage.db, message);
    await stage.send(message);
    await recordRefused(stage.db, slow, '429', undefined, NOON + 1000);
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned', submitted_at: null });
    expect(await stage.send(message, { asOf: NOON + 30_000 })).toEqual({ kind: 'accepted' });
    expect(stage.requests()).toBe(1);
  });
});

describe('settling by a status webhook', () => {
  it.each(['submitted', 'delivered', 'read'] as const)(
    '%s settles it at once, without another request',
    async (status) => {
      const { message } = await unknownMessage();
      await receipt(stage.db, message, status);
      expect(await stage.send(message, { asOf: NOON + 2000 })).toEqual({ kind: 'accepted' });
      expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'accepted' }]);
      expect(stage.requests()).toBe(0);
    },
  );

  it('a receipt that says rejected ends it as undelivered', async () => {
    const { message } = await unknownMessage();
    await receipt(stage.db, message, 'rejected');
    expect(await stage.send(message, { asOf: settled })).toEqual({ kind: 'failed', reason: 'undelivered' });
    expect(stage.requests()).toBe(0);
  });

  it('a late receipt settles a message that was given up', async () => {
    const { message } = await unknownMessage({ kind: 'bundle_offer' });
    expect(await stage.send(message, { asOf: settled })).toEqual(givenUp);
    await receipt(stage.db, message, 'delivered', { at: settled + DAY });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'delivered', reason: null });
    expect(await stage.send(message, { asOf: settled + DAY })).toEqual({ kind: 'accepted' });
  });

  it('a receipt of the first attempt settles a message whose second was refused for now', async () => {
    const { message } = await unknownMessage();
    stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
    await stage.send(message, { asOf: settled });
    await receipt(stage.db, message, 'delivered', { number: 1, at: settled + 1000 });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'delivered', submitted_at: new Date(NOON) });
  });
});

describe('a run that is only to settle', () => {
  it('sends nothing that another run has planned again: it is not wanted any more', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    const slow = await submitted(stage.db, message);
    await recordRefused(stage.db, slow, '429', undefined, NOON + 1000);
    const result = await stage.send(message, { asOf: settled, settleOnly: true });
    expect(result).toEqual({ kind: 'skip', reason: 'superseded' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'skipped', reason: 'superseded' });
    expect(stage.requests()).toBe(0);
  });
});

describe('a receipt that overtakes the answer', () => {
  let webhooks: Server;
  let fake: FakeVonage;
  beforeAll(async () => {
    webhooks = createServer((request, response) => {
      void buffer(request).then(async (rawBody) => {
        const status = parseStatus(rawBody);
        if (status.kind === 'status' && status.at !== undefined) {
          const { providerId, clientRef = '', at } = status;
          await recordStatus(stage.db, { providerId, clientRef, receipt: status.status, at }, at);
        }
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => void webhooks.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(webhooks.address() as AddressInfo).port}`;
    const clock = { now: () => NOON };
    const options = { clock, signatureSecret: SIGNATURE_SECRET, apiKey: API_KEY, statusUrl: url, inboundUrl: url };
    fake = await startFakeVonage({ ...options, receipts: 'before_response' });
  });
  afterAll(async () => {
    await fake.close();
    webhooks.close();
  });

  it('is not taken back by the answer', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    expect(await runOnOwnFake(message)).toEqual({ kind: 'accepted' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'delivered' });
  });

  it('makes the outcome known even when the answer is lost', async () => {
    fake.setFault({ kind: 'reset_after_accept', times: 1 });
    const message = await planned(stage.db, await placedOrder(stage.db));
    expect(await runOnOwnFake(message)).toEqual({ kind: 'accepted' });
    expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'accepted' }]);
  });

  function runOnOwnFake(message: string) {
    const { applicationId, privateKey, url: baseUrl } = fake;
    const sender = createVonageSender({ applicationId, privateKey, baseUrl, timeoutMs: 5000 });
    return runSend({ db: stage.db, rules, sender }, message);
  }
});

describe('settling by time', () => {
  async function refusalOf({ order }: PlacedOrder): Promise<unknown> {
    return stage.db('decisions').where({ order_id: order, outcome: 'skip' }).first('reason', 'rule');
  }

  it('before its time nothing happens', async () => {
    const { message } = await unknownMessage();
    expect(await stage.send(message, { asOf: settled - 1 })).toEqual({ kind: 'unknown', settleAt: settled });
    expect(stage.requests()).toBe(0);
  });

  it('a transactional message is sent once more, under a new reference', async () => {
    const { message } = await unknownMessage();
    expect(await stage.send(message, { asOf: settled })).toEqual({ kind: 'accepted' });
    const attempts = await attemptsOf(stage.db, message);
    expect(attempts).toMatchObject([{ outcome: 'unknown' }, { outcome: 'accepted' }]);
    expect(new Set(attempts.map(({ client_ref }) => client_ref)).size).toBe(2);
    expect(stage.requests()).toBe(1);
  });

  it('a transactional message is submitted at most twice, then given up', async () => {
    const { message } = await unknownMessage();
    stage.fake.setFault({ kind: 'status', status: 503, times: 1 });
    expect(await stage.send(message, { asOf: settled })).toEqual({
      kind: 'unknown',
      settleAt: settled + LAST_SETTLE_AFTER,
    });
    expect(await stage.send(message, { asOf: settled + LAST_SETTLE_AFTER })).toEqual(givenUp);
    expect(await stage.send(message, { asOf: settled + DAY })).toEqual(givenUp);
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({
      state: 'given_up',
      reason: 'outcome_unknown_given_up',
    });
    const decided = await stage.db('decisions').where({ reason: 'outcome_unknown_given_up' }).select('outcome', 'rule');
    expect(decided).toContainEqual({ outcome: 'skip', rule: expect.stringMatching(/^settle\.\w+$/) });
    expect(stage.requests()).toBe(1);
  });

  it('a refusal of the second submission is no submission: it is tried again and is still unknown until then', async () => {
    const { message } = await unknownMessage();
    stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
    expect(await stage.send(message, { asOf: settled })).toMatchObject({ kind: 'wait', reason: 'provider_busy' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'unknown', submitted_at: new Date(NOON) });
    expect(await stage.send(message, { asOf: settled + 30_000 })).toEqual({ kind: 'accepted' });
    expect(await attemptsOf(stage.db, message)).toMatchObject([
      { outcome: 'unknown' },
      { outcome: 'refused' },
      { outcome: 'accepted' },
    ]);
  });

  it.each(['bundle_offer', 'rating_request'] as const)(
    '%s is never sent twice: it is given up, with its reason',
    async (kind) => {
      const { message } = await unknownMessage({ kind });
      expect(await stage.send(message, { asOf: settled })).toEqual(givenUp);
      expect(await ledgerRowOf(stage.db, message)).toMatchObject({
        state: 'given_up',
        reason: 'outcome_unknown_given_up',
      });
      expect(stage.requests()).toBe(0);
    },
  );

  it('past its usefulness it is given up, not sent again', async () => {
    const { message, order } = await unknownMessage({ usefulUntil: settled - 1 });
    expect(await stage.send(message, { asOf: settled })).toEqual(givenUp);
    expect(stage.requests()).toBe(0);
    expect(await refusalOf(order)).toEqual({ reason: 'too_late', rule: 'useful' });
  });

  it('a STOP in between keeps it from being sent again', async () => {
    const { message, order } = await unknownMessage();
    const stop = { brand: order.brand, address: order.phone, state: 'stopped', source: 'test', at: NOON + 1 } as const;
    await changeSuppression(storeOf(stage.db), stop, NOON + 1);
    expect(await stage.send(message, { asOf: settled })).toEqual(givenUp);
    expect(stage.requests()).toBe(0);
    expect(await refusalOf(order)).toEqual({ reason: 'opted_out', rule: 'suppression' });
  });

  it('it is sent again within its window only, and stays unknown while it waits', async () => {
    const evening = NOON + 8.5 * 60 * 60_000;
    stage.fake.setFault({ kind: 'reset_after_accept', times: 1 });
    const message = await planned(stage.db, await placedOrder(stage.db), { kind: 'delivered', dueAt: evening });
    await stage.send(message, { asOf: evening });
    stage.requests();
    expect(await stage.send(message, { asOf: evening + LAST_SETTLE_AFTER })).toMatchObject({
      kind: 'wait',
      reason: 'quiet_hours',
    });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'unknown' });
    expect(stage.requests()).toBe(0);
  });

  it('an unknown message that the gate turns down meanwhile is given up, never left open', async () => {
    const { message, order } = await unknownMessage();
    const checkConsent = createCheckConsent({ db: stage.db, rules });
    const late = settled + 3 * DAY;
    expect(await checkConsent({ ...intended(order), asOf: late })).toEqual({ kind: 'skip', reason: 'too_late' });
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({
      state: 'given_up',
      reason: 'outcome_unknown_given_up',
    });
  });
});

it('a receipt counts also for an attempt that the answer had refused', async () => {
  stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
  const message = await planned(stage.db, await placedOrder(stage.db));
  await stage.send(message);
  await receipt(stage.db, message, 'submitted');
  expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'accepted', submitted_at: new Date(NOON) });
});
