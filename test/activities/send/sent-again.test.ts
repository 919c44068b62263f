import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { changeSuppression } from '../../../db/consent/change-suppression.ts';
import { giveUpByHand, release, redrive } from '../../../commands/sending/repair-message.ts';
import { releaseBlock } from '../../../commands/sending/block.ts';
import { listBlocks } from '../../../queries/sending/blocks.ts';
import { LAST_SETTLE_AFTER } from '../../../domain/sending/ledger.ts';
import { receiveStatus } from '../../../commands/conversation/receive-reply.ts';
import { HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { NOON, attemptsOf, placedOrder, planned, ledgerRowOf, shipped } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { startSending } from './sending.ts';
import { storeOf } from '../../helpers/keys.ts';

const BY = { brand: 'bottega-sole', actor: 'ada', reason: 'test' };
const LATE = NOON + LAST_SETTLE_AFTER;

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());
beforeEach(() => {
  stage.fake.clearFaults();
  stage.requests();
});

/** A message that the provider never got, which the service cannot know. */
async function unknownMessage(): Promise<{ message: string; phone: string }> {
  const order = await placedOrder(stage.db);
  // A run that has settled it asks the order whether the message is wanted still.
  await shipped(stage.db, order);
  const message = await planned(stage.db, order, { heard: 'shipped-1' });
  stage.fake.setFault({ kind: 'reset_before_accept', times: 1 });
  expect((await stage.send(message)).kind).toBe('unknown');
  return { message, phone: order.phone };
}

const takenBy = (phone: string) => stage.fake.messages().filter(({ to }) => to === phone).length;

describe('a message that is sent again while its order’s run is at it, too', () => {
  it('is sent once, whether the operator or the run comes first', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { message, phone } = await unknownMessage();
      expect(await release(stage.db, { ...BY, message }, LATE)).toEqual({ kind: 'done', state: 'planned' });
      const runs = [stage.send(message, { asOf: LATE }), stage.send(message, { asOf: LATE })];
      const results = await Promise.all(runs);
      // The one that came second finds it taken, or under way and so unknown to it.
      expect(results.map(({ kind }) => kind)).toContain('accepted');
      expect(takenBy(phone)).toBe(1);
      expect((await stage.send(message, { asOf: LATE + HOUR })).kind).toBe('accepted');
      expect(takenBy(phone)).toBe(1);
    }
  });

  it('and released at the very moment at which the run settles it, is sent once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { message, phone } = await unknownMessage();
      await Promise.all([
        stage.send(message, { asOf: LATE }),
        release(stage.db, { ...BY, message }, LATE).then(() => stage.send(message, { asOf: LATE })),
      ]);
      await stage.send(message, { asOf: LATE + 2 * HOUR });
      expect(takenBy(phone)).toBe(1);
      expect((await ledgerRowOf(stage.db, message)).state).toBe('accepted');
    }
  });
});

it('a message that is to be sent again later is not sent sooner by its order’s run', async () => {
  const { message, phone } = await unknownMessage();
  const [attempt] = await attemptsOf(stage.db, message);
  const report = { clientRef: attempt?.client_ref ?? '', providerId: randomUUID(), receipt: 'rejected' } as const;
  const busy = { code: '1220', action: 'retry_later' } as const;
  await receiveStatus(storeOf(stage.db), { ...report, code: busy.code, at: NOON }, busy, NOON);
  const until = NOON + 5 * MINUTE;
  expect(await stage.send(message, { asOf: until - 1 })).toEqual({ kind: 'wait', until, reason: 'provider_busy' });
  expect(takenBy(phone)).toBe(0);
  expect(await stage.send(message, { asOf: until })).toEqual({ kind: 'accepted' });
});

it('a message that an operator has sent again now does not wait for a moment that was set before', async () => {
  const { message, phone } = await unknownMessage();
  const [attempt] = await attemptsOf(stage.db, message);
  const report = { clientRef: attempt?.client_ref ?? '', providerId: randomUUID(), receipt: 'rejected' } as const;
  const busy = { code: '1220', action: 'retry_later' } as const;
  await receiveStatus(storeOf(stage.db), { ...report, code: busy.code, at: NOON }, busy, NOON);
  expect(await giveUpByHand(stage.db, { ...BY, message }, NOON)).toMatchObject({ kind: 'done' });
  const sure = { mayDuplicate: true, unclearCodes: [] };
  expect(await redrive(stage.db, { ...BY, message }, sure, NOON + MINUTE)).toMatchObject({ kind: 'done' });
  expect(await stage.send(message, { asOf: NOON + MINUTE })).toEqual({ kind: 'accepted' });
  expect(takenBy(phone)).toBe(1);
});

it('a promotion that is sent again at an operator’s risk and refused for now waits its turn: it is not given up once more', async () => {
  const order = await placedOrder(stage.db);
  const message = await planned(stage.db, order, { kind: 'bundle_offer' });
  stage.fake.setFault({ kind: 'reset_before_accept', times: 1 });
  await stage.send(message);
  expect(await stage.send(message, { asOf: LATE })).toMatchObject({ kind: 'failed' });
  await redrive(stage.db, { ...BY, message }, { mayDuplicate: true, unclearCodes: [] }, LATE);
  stage.fake.setFault({ kind: 'status', status: 429, times: 1 });
  expect(await stage.send(message, { asOf: LATE })).toMatchObject({ kind: 'wait', reason: 'provider_busy' });
  expect(await ledgerRowOf(stage.db, message)).toMatchObject({ state: 'planned' });
  expect(await stage.send(message, { asOf: LATE + HOUR })).toEqual({ kind: 'accepted' });
  expect(takenBy(order.phone)).toBe(1);
});

it('a person who has said STOP meanwhile gets no message that an operator sends again', async () => {
  const { message, phone } = await unknownMessage();
  await changeSuppression(
    storeOf(stage.db),
    { brand: BY.brand, address: phone, state: 'stopped', source: 'test', at: NOON },
    NOON,
  );
  await release(stage.db, { ...BY, message }, LATE);
  expect(await stage.send(message, { asOf: LATE })).toEqual({ kind: 'skip', reason: 'opted_out' });
  expect(takenBy(phone)).toBe(0);
});

describe('a refusal of the call itself', () => {
  const refuse = async (code: string) => {
    const order = await placedOrder(stage.db);
    const message = await planned(stage.db, order);
    stage.fake.setFault({ kind: 'status', status: 422, code, times: 1 });
    expect(await stage.send(message)).toEqual({ kind: 'failed', reason: 'provider_refused' });
    return { message, order };
  };

  it('that is about the number takes it out of use', async () => {
    const { order } = await refuse('1170');
    expect(await stage.db('addresses').where({ address: order.phone })).toMatchObject([{ usable: false }]);
  });

  it('that is about the text holds back every message with that text, until an operator releases the text and sends the refused message again', async () => {
    const { message, order } = await refuse('1210');
    const next = await planned(stage.db, await placedOrder(stage.db));
    const wait = { kind: 'wait', until: NOON + 4 * HOUR, reason: 'stopped' };
    expect(await stage.send(next)).toEqual(wait);
    const { blocks } = await listBlocks(stage.db, BY.brand, { state: 'open', limit: 10 });
    expect(blocks).toMatchObject([{ scope: 'template', kind: 'shipped', code: '1210', message }]);

    await releaseBlock(stage.db, { ...BY, block: Number(blocks[0]?.id) }, NOON + HOUR);
    const noDuplicate = { mayDuplicate: false, unclearCodes: [] };
    expect(await redrive(stage.db, { ...BY, message }, noDuplicate, NOON + HOUR)).toMatchObject({ kind: 'done' });
    for (const one of [next, message])
      expect(await stage.send(one, { asOf: NOON + HOUR })).toEqual({ kind: 'accepted' });
    expect(takenBy(order.phone)).toBe(1);
  });
});
