import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { LAST_SETTLE_AFTER, SETTLE_RULES, mayBeTakenFor } from '../../../domain/sending/ledger.ts';
import { createVonageSender } from '../../../vonage/client.ts';
import type { Fault } from '../../../vonage/fake/faults.ts';
import type { FakeVonage } from '../../../vonage/fake/fake.ts';
import { startFakeVonage } from '../../../vonage/fake/fake.ts';
import { createVonageRecords } from '../../../vonage/records.ts';
import { emptyLanes } from '../../helpers/lanes.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import {
  NOON,
  attemptsOf,
  openLedger,
  placedOrder,
  planned,
  ledgerRowOf,
  shipped,
  submitted,
} from '../../helpers/ledger.ts';
import { rules, runSend } from './sending.ts';
import { tokenOf } from '../../helpers/keys.ts';

/** T1 and T2 of a message that is submitted at noon. */
const FIRST_LOOK = NOON + mayBeTakenFor(SETTLE_RULES) + SETTLE_RULES.lookUpAfter;
const LAST_LOOK = NOON + LAST_SETTLE_AFTER;
const GIVEN_UP = { kind: 'failed', reason: 'outcome_unknown_given_up' };

let ledger: Ledger;
let fake: FakeVonage;
let at = NOON;
let send: (message: string, at: number, settleOnly?: true) => ReturnType<typeof runSend>;

beforeAll(async () => {
  ledger = await openLedger();
  fake = await startFakeVonage({
    clock: { now: () => at },
    signatureSecret: 'a-signature-secret-of-thirty-two-bytes',
    apiKey: 'abcd1234',
    receipts: 'manual',
    statusUrl: 'http://127.0.0.1:9/',
    inboundUrl: 'http://127.0.0.1:9/',
  });
  const account = { ...fake, baseUrl: fake.url, timeoutMs: 10_000 };
  const deps = { db: ledger.db, rules, sender: createVonageSender(account), records: createVonageRecords(account) };
  send = (message, asOf, settleOnly) => {
    at = asOf;
    return runSend(deps, message, { asOf, ...(settleOnly && { settleOnly }) });
  };
});
afterAll(async () => {
  await fake.close();
  await ledger.close();
});
beforeEach(async () => {
  fake.clearFaults();
  await emptyLanes(ledger.db);
});

/** A message with an unknown outcome: taken by the provider or not, whose records have it after `lag`. */
async function unknown({
  taken = true,
  lag = 0,
  kind = 'shipped',
}: { taken?: boolean; lag?: number; kind?: MessageKind } = {}) {
  const order = await placedOrder(ledger.db);
  const { phone: to } = order;
  await shipped(ledger.db, order);
  const fault: Fault = taken ? { kind: 'reset_after_accept', to, times: 1 } : { kind: 'reset_before_accept', times: 1 };
  fake.setFault(fault);
  fake.setFault({ kind: 'record_lag', ms: lag, to, times: 1 });
  const message = await planned(ledger.db, order, { kind });
  expect(await send(message, NOON)).toEqual({ kind: 'unknown', settleAt: FIRST_LOOK });
  const accepted = (): number => fake.messages().filter((one) => one.to === to).length;
  const looks = (): number => fake.lookUps().filter((one) => one.to === to).length;
  return { message, to, accepted, looks };
}

describe("the provider's records", () => {
  it('are not asked before T1: a status webhook has mostly settled it by then', async () => {
    const { message, looks } = await unknown();
    expect(await send(message, FIRST_LOOK - 1)).toEqual({ kind: 'unknown', settleAt: FIRST_LOOK });
    expect(looks()).toBe(0);
  });

  it('that have the message settle it as accepted, with one look and without another call', async () => {
    const { message, accepted, looks } = await unknown();
    expect(await send(message, FIRST_LOOK)).toEqual({ kind: 'accepted' });
    expect([accepted(), looks()]).toEqual([1, 1]);
    expect(await attemptsOf(ledger.db, message)).toMatchObject([
      { outcome: 'accepted', provider_id: expect.any(String) },
    ]);
    expect(await ledger.db('attempts').where({ message_id: message }).pluck('settled_by')).toEqual(['records']);
  });

  it('that lag behind by up to T2 are waited for', async () => {
    const { message, accepted } = await unknown({ lag: SETTLE_RULES.settleAfter });
    expect(await send(message, FIRST_LOOK)).toEqual({ kind: 'unknown', settleAt: LAST_LOOK });
    expect(await send(message, LAST_LOOK)).toEqual({ kind: 'accepted' });
    expect(accepted()).toBe(1);
  });

  it('that do not have a transactional message at T2 make it go out again, once, under a new reference', async () => {
    const { message, accepted } = await unknown({ taken: false });
    await send(message, FIRST_LOOK);
    expect(await send(message, LAST_LOOK)).toEqual({ kind: 'accepted' });
    expect(accepted()).toBe(1);
    expect(await attemptsOf(ledger.db, message)).toMatchObject([{ outcome: 'not_sent' }, { outcome: 'accepted' }]);
  });

  it('that prove every attempt not sent let a transactional message be tried as often as it takes', async () => {
    const { message, accepted } = await unknown({ taken: false });
    fake.setFault({ kind: 'reset_before_accept', times: 2 });
    for (let tries = 1; tries <= 2; tries += 1)
      expect(await send(message, NOON + tries * 2 * HOUR)).toMatchObject({ kind: 'unknown' });
    expect(await send(message, NOON + 6 * HOUR)).toEqual({ kind: 'accepted' });
    expect(accepted()).toBe(1);
    expect(await attemptsOf(ledger.db, message)).toHaveLength(4);
  });

  it('that do not have a message never make it go out once its order has no use for it', async () => {
    const { message, accepted } = await unknown({ taken: false });
    expect(await send(message, LAST_LOOK, true)).toEqual(GIVEN_UP);
    expect(accepted()).toBe(0);
  });

  it('that do not have a promotion at T2 make it given up, never sent', async () => {
    const { message, accepted } = await unknown({ taken: false, kind: 'bundle_offer' });
    await send(message, FIRST_LOOK);
    expect(await send(message, LAST_LOOK)).toEqual(GIVEN_UP);
    expect(accepted()).toBe(0);
    expect(await attemptsOf(ledger.db, message)).toMatchObject([{ outcome: 'not_sent' }]);
  });

  it('that do not answer prove nothing: they are asked again, ever later, while the message is useful', async () => {
    const { message, accepted } = await unknown({ taken: false });
    fake.setFault({ kind: 'records_status', status: 503 });
    expect(await send(message, FIRST_LOOK)).toEqual({ kind: 'unknown', settleAt: LAST_LOOK });
    expect(await send(message, LAST_LOOK)).toEqual({ kind: 'unknown', settleAt: LAST_LOOK + 15 * MINUTE });
    expect(await send(message, LAST_LOOK + HOUR)).toEqual({ kind: 'unknown', settleAt: LAST_LOOK + 2 * HOUR });
    expect(await send(message, NOON + 2 * DAY)).toEqual(GIVEN_UP);
    expect(accepted()).toBe(0);
  });

  it('are searched for every earlier attempt, each under its own number', async () => {
    const order = await placedOrder(ledger.db);
    const message = await planned(ledger.db, order);
    const first = await submitted(ledger.db, message);
    await ledger.db('attempts').where({ client_ref: first }).update({ address: '+393339990001' });
    await send(message, NOON);
    await ledger.db('messages').where({ id: message }).update({ state: 'planned', submitted_at: null });
    fake.setFault({ kind: 'reset_after_accept', to: order.phone, times: 1 });
    await send(message, NOON + MINUTE);
    expect(await send(message, FIRST_LOOK + MINUTE)).toEqual({ kind: 'accepted' });
    expect(fake.lookUps().map(({ to }) => to)).toEqual(expect.arrayContaining(['+393339990001', order.phone]));
  });
});

describe('a record', () => {
  it('that says the message did not arrive ends it as undelivered', async () => {
    const order = await placedOrder(ledger.db);
    fake.setFault({ kind: 'error_receipt', code: '9999', to: order.phone, times: 1 });
    fake.setFault({ kind: 'reset_after_accept', to: order.phone, times: 1 });
    const message = await planned(ledger.db, order);
    await send(message, NOON);
    expect(await send(message, FIRST_LOOK)).toEqual({ kind: 'accepted' });
    expect(await ledgerRowOf(ledger.db, message)).toMatchObject({ state: 'rejected', reason: 'undelivered' });
  });

  it('with an error does what the error asks for, as its status webhook would', async () => {
    const order = await placedOrder(ledger.db);
    fake.setFault({ kind: 'error_receipt', code: '1240', to: order.phone, times: 1 });
    fake.setFault({ kind: 'reset_after_accept', to: order.phone, times: 1 });
    const message = await planned(ledger.db, order);
    await send(message, NOON);
    await send(message, FIRST_LOOK);
    expect(
      await ledger
        .db('suppressions')
        .where({ token: tokenOf(order.brand, order.phone) })
        .pluck('source'),
    ).toEqual(['provider:1240']);
  });

  it('of another message to the same number is not taken for the one that is looked up', async () => {
    const { message, to } = await unknown({ taken: false });
    const other = await planned(
      ledger.db,
      await placedOrder(ledger.db, { customer: { phone: { e164: to, country: 'IT' } } }),
    );
    await send(other, NOON);
    expect(await send(message, FIRST_LOOK)).toEqual({ kind: 'unknown', settleAt: LAST_LOOK });
  });
});
