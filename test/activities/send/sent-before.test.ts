/** A task of a workflow runs again after a crash. These tests are about a message that its first run sent, or may have sent. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckConsentOptions, CheckConsentResult } from '../../../activities/check-consent.ts';
import type { Intent } from '../../../domain/sending/intent.ts';
import { createCheckConsent } from '../../../activities/check-consent.ts';
import { createWriteText } from '../../../activities/render-message.ts';
import { createSendInPlace } from '../../../activities/send/send-in-place.ts';
import { createSendMessage } from '../../../activities/send/send-message.ts';
import { saveBrand } from '../../../commands/orders/save-brand.ts';
import { skipMessage } from '../../../db/sending/ledger/messages.ts';
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { SETTLE_RULES, retryDelay } from '../../../domain/sending/ledger.ts';
import { loadTemplates } from '../../../templates/load.ts';
import type { Sending } from './sending.ts';
import { rules, startSending } from './sending.ts';
import { rcsBrand } from '../../helpers/failover.ts';
import { tokenOf } from '../../helpers/keys.ts';
import type { PlacedOrder } from '../../helpers/ledger.ts';
import { NOON, attemptsOf, intended, placedOrder } from '../../helpers/ledger.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
  await saveBrand(stage.db, rcsBrand, NOON);
});
afterAll(() => stage.close());

const templates = loadTemplates();

/** Runs the local activity as the worker of orders does. `meanwhile`: runs before the submission. */
function checkAndSend(
  order: PlacedOrder,
  overrides: Partial<Intent & CheckConsentOptions> = {},
  meanwhile?: (message: string) => Promise<unknown>,
): Promise<CheckConsentResult> {
  const { db, sender } = stage;
  const clock = { now: () => 1 };
  const first = [meanwhile];
  const faultPoint = async (point: string, message: string): Promise<void> => {
    if (point === 'gate_read') await first.shift()?.(message);
  };
  const checkConsent = createCheckConsent({
    db,
    rules,
    writeText: createWriteText({ db, rules, templates }),
    sendInPlace: createSendInPlace(
      createSendMessage({ db, rules, sender, tokenOf, settling: SETTLE_RULES, clock, faultPoint }),
    ),
  });
  const environment = new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: 1 },
    { logger: new DefaultLogger('ERROR') },
  );
  const input: Intent & CheckConsentOptions = {
    ...intended(order),
    asOf: NOON,
    render: true,
    send: true,
    ...overrides,
  };
  return environment.run(checkConsent, input);
}

function decisionsOf(order: PlacedOrder): Promise<string[]> {
  return stage.db('decisions').where({ order_id: order.order }).orderBy('id').pluck('outcome');
}

function idOf(checked: CheckConsentResult): string {
  if (checked.kind !== 'send') throw new Error(checked.kind);
  return checked.message;
}

let order: PlacedOrder;
beforeEach(async () => {
  order = await placedOrder(stage.db);
  stage.requests();
});
afterEach(() => stage.fake.clearFaults());

describe('a message that was accepted before the crash', () => {
  it.each(['submitted', 'accepted', 'delivered', 'read', 'undeliverable', 'rejected'] as const)(
    'and is %s by now is not decided again, however late the retry is',
    async (state) => {
      const message = idOf(await checkAndSend(order));
      const reason = state === 'rejected' ? 'provider_refused' : null;
      await stage.db('messages').where({ id: message }).update({ state, reason });
      const again = await checkAndSend(order, { asOf: NOON + 90 * HOUR });
      expect(again).toMatchObject({ kind: 'send', message });
      expect(again).not.toHaveProperty('sent');
      expect([await decisionsOf(order), stage.requests()]).toEqual([['send'], 1]);
    },
  );

  it('does not stand for one on another channel: the next channel of its step is sent', async () => {
    await checkAndSend(order, { channel: 'rcs', channelIndex: 0, awaited: true });
    expect(await checkAndSend(order, { channel: 'sms', channelIndex: 1, awaited: false })).toMatchObject({
      sent: { kind: 'accepted' },
    });
    expect(stage.fake.messages().slice(-2)).toMatchObject([{ channel: 'rcs' }, { channel: 'sms' }]);
  });

  it('does not stand for one to another person: an order whose number was corrected has the step sent to the new number', async () => {
    const right = await placedOrder(stage.db);
    await checkAndSend(order);
    await stage.db('orders').where({ id: order.order }).update({ contact_id: right.contact });
    expect(await checkAndSend(order)).toMatchObject({ sent: { kind: 'accepted' } });
    expect(stage.fake.messages().slice(-2)).toMatchObject([{ to: order.phone }, { to: right.phone }]);
  });
});

it('a message of unknown outcome is left to the send queue, which settles it by the records of the provider', async () => {
  stage.fake.setFault({ kind: 'reset_after_accept', times: 1 });
  const first = await checkAndSend(order);
  expect(first).toMatchObject({ sent: { kind: 'unknown' } });
  const message = idOf(first);
  const again = await checkAndSend(order, { asOf: NOON + MINUTE });
  expect(again).toMatchObject({ kind: 'send', message });
  expect(again).not.toHaveProperty('sent');
});

it('a message that the provider has refused for now is tried again as one that has had attempts', async () => {
  stage.fake.setFault({ kind: 'status', status: 429, times: 2 });
  const refusals = [await checkAndSend(order), await checkAndSend(order, { asOf: NOON + HOUR })];
  // It waits for longer after the second one.
  expect(refusals).toMatchObject(
    [NOON + retryDelay(0), NOON + HOUR + retryDelay(1)].map((until) => ({
      sent: { kind: 'wait', until, reason: 'provider_busy' },
    })),
  );
  const last = await checkAndSend(order, { asOf: NOON + 2 * HOUR });
  expect(last).toMatchObject({ sent: { kind: 'accepted' } });
  expect((await attemptsOf(stage.db, idOf(last))).map(({ number, outcome }) => [number, outcome])).toEqual([
    [1, 'refused'],
    [2, 'refused'],
    [3, 'accepted'],
  ]);
});

it('a message that is sent in place reserves its tokens once', async () => {
  const asked: string[] = [];
  const hear = ({ sql }: { sql: string }): number => asked.push(sql);
  stage.db.on('query', hear);
  await checkAndSend(order);
  stage.db.removeListener('query', hear);
  expect(asked.filter((sql) => sql.includes('reserve_tokens'))).toHaveLength(1);
});

it('a message that is ended between its gate and its submission is not sent, though nothing of its person has changed', async () => {
  const ended = (message: string): Promise<void> => skipMessage(stage.db, message, 'superseded', 'test', NOON);
  expect(await checkAndSend(order, {}, ended)).toMatchObject({ sent: { kind: 'skip', reason: 'superseded' } });
  expect(stage.requests()).toBe(0);
});
