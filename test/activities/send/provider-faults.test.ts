import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LAST_SETTLE_AFTER } from '../../../domain/sending/ledger.ts';
import { freePort } from '../../../dev/servers/free-port.ts';
import { createVonageSender } from '../../../vonage/client.ts';
import type { Fault } from '../../../vonage/fake/faults.ts';
import { NOON, attemptsOf, placedOrder, planned, ledgerRowOf } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { receipt, rules, runSend, startSending } from './sending.ts';

const MINUTE = 60_000;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.fake.clearFaults();
  stage.requests();
});

const refusedForNow = (wait: number) => ({ kind: 'wait', until: NOON + wait, reason: 'provider_busy' });
const refusedForGood = { kind: 'failed', reason: 'provider_refused' };
const unknown = { kind: 'unknown', settleAt: NOON + LAST_SETTLE_AFTER };

interface FaultCase {
  readonly name: string;
  readonly fault: Fault;
  /** The outcome on the attempt's row. */
  readonly code: string;
  readonly result: object;
  readonly state: 'rejected' | 'planned' | 'unknown';
}

function ends(name: string, fault: Fault, code: string): FaultCase {
  return { name: `${name} ends it`, fault, code, result: refusedForGood, state: 'rejected' };
}

function plansAgain(name: string, fault: Fault, code: string, wait = 30_000): FaultCase {
  return { name: `${name} plans it again`, fault, code, result: refusedForNow(wait), state: 'planned' };
}

function leavesUnknown(name: string, fault: Fault, code: string): FaultCase {
  return { name: `${name} leaves it unknown`, fault, code, result: unknown, state: 'unknown' };
}

const FAULTS: readonly FaultCase[] = [
  ends('422', { kind: 'status', status: 422, code: '1450' }, '1450'),
  ends('400', { kind: 'status', status: 400 }, '400'),
  ends('404', { kind: 'status', status: 404 }, '404'),
  plansAgain('429', { kind: 'status', status: 429 }, '429'),
  plansAgain('429 that says when', { kind: 'status', status: 429, retryAfterSeconds: 90 }, '429', 90_000),
  plansAgain('a refusal of our credentials', { kind: 'status', status: 401 }, '401'),
  plansAgain('an empty balance', { kind: 'status', status: 402 }, '402'),
  leavesUnknown('503', { kind: 'status', status: 503 }, 'http_503'),
  leavesUnknown('500 after accepting', { kind: 'status_after_accept', status: 500 }, 'http_500'),
  leavesUnknown('a reset before accepting', { kind: 'reset_before_accept' }, 'connection_lost'),
  leavesUnknown('a reset after accepting', { kind: 'reset_after_accept' }, 'connection_lost'),
  leavesUnknown('a time-out', { kind: 'delay', ms: 60_000 }, 'timeout'),
  leavesUnknown('an answer that never ends', { kind: 'stall_after_accept' }, 'unreadable_body'),
  leavesUnknown('an empty 202', { kind: 'broken_body', body: 'empty' }, 'no_message_uuid'),
  leavesUnknown('half a JSON', { kind: 'broken_body', body: 'not_json' }, 'unreadable_body'),
  leavesUnknown('a 202 without an id', { kind: 'broken_body', body: 'no_uuid' }, 'no_message_uuid'),
  leavesUnknown('a 202 with a problem', { kind: 'broken_body', body: 'problem' }, 'no_message_uuid'),
];

describe('the answer of the provider decides the state of the message', () => {
  it.each(FAULTS)('$name, after exactly one request', async ({ fault, result, state, code }) => {
    stage.fake.setFault(fault);
    const message = await planned(stage.db, await placedOrder(stage.db));
    const { applicationId, privateKey, url: baseUrl } = stage.fake;
    // Two cases wait until the time-out is over.
    const sender = createVonageSender({ applicationId, privateKey, baseUrl, timeoutMs: 2000 });
    expect(await runSend({ db: stage.db, rules, sender }, message)).toEqual(result);
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state });
    const attempts = await attemptsOf(stage.db, message);
    expect(attempts).toMatchObject([{ number: 1, outcome: state === 'unknown' ? 'unknown' : 'refused', code }]);
    expect(stage.requests()).toBe(1);
  });

  it.each([
    { name: 'a closed port', host: '127.0.0.1', code: 'connection_refused' },
    { name: 'a host without an address', host: 'nowhere.invalid', code: 'dns' },
  ])('$name plans it again', async ({ host, code }) => {
    const { applicationId, privateKey } = stage.fake;
    const baseUrl = `http://${host}:${await freePort()}`;
    const sender = createVonageSender({ applicationId, privateKey, baseUrl, timeoutMs: 5000 });
    const message = await planned(stage.db, await placedOrder(stage.db));
    expect(await runSend({ db: stage.db, rules, sender }, message)).toEqual(refusedForNow(30_000));
    expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned', submitted_at: null });
    expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'refused', code }]);
  });

  it('a message that was refused for now is sent when it is asked for again', async () => {
    stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
    const message = await planned(stage.db, await placedOrder(stage.db));
    await stage.send(message);
    expect(await stage.send(message, { asOf: NOON + 30_000 })).toEqual({ kind: 'accepted' });
    expect(await attemptsOf(stage.db, message)).toMatchObject([{ outcome: 'refused' }, { outcome: 'accepted' }]);
  });

  it('every refusal doubles the wait, up to a quarter of an hour', async () => {
    stage.fake.setFault({ kind: 'status', status: 429 });
    const message = await planned(stage.db, await placedOrder(stage.db));
    const waits: number[] = [];
    for (let times = 0; times < 7; times += 1) {
      const result = await stage.send(message);
      if (result.kind === 'wait') waits.push((result.until - NOON) / MINUTE);
    }
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 15, 15]);
  });

  it('a message refused for good is not tried again', async () => {
    stage.fake.setFault({ kind: 'status', status: 422, times: 1 });
    const message = await planned(stage.db, await placedOrder(stage.db));
    await stage.send(message);
    expect(await stage.send(message)).toEqual(refusedForGood);
    expect(stage.requests()).toBe(1);
  });

  it('a message the carrier turned down later is not tried again either', async () => {
    const message = await planned(stage.db, await placedOrder(stage.db));
    await stage.send(message);
    await receipt(stage.db, message, 'rejected');
    expect(await stage.send(message)).toEqual({ kind: 'failed', reason: 'undelivered' });
    expect(stage.requests()).toBe(1);
  });
});
