/** Sends of one process that reserve tokens at one time. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../../commands/orders/save-brand.ts';
import type { Db } from '../../../../db/connection/connect.ts';
import { connect } from '../../../../db/connection/connect.ts';
import { changeSuppression } from '../../../../db/consent/change-suppression.ts';
import { saveLane } from '../../../../db/sending/lanes/lanes.ts';
import type { MessageAndGate } from '../../../../db/sending/ledger/ledger-message.ts';
import { readMessageAndGate, batchedReads } from '../../../../db/sending/ledger/ledger-message.ts';
import { accountLane } from '../../../../domain/sending/lane.ts';
import { storeOf } from '../../../helpers/keys.ts';
import { anotherMessage, emptyLanes, removeLanes } from '../../../helpers/lanes.ts';
import type { Ledger, PlacedOrder } from '../../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, submitted, untilWaiting } from '../../../helpers/ledger.ts';

/** In the order of ids one lane of the first brand comes before the account's, and that of the other after it. */
const other = { ...brand, id: 'zzz', sender: '+393399957111' };

let ledger: Ledger;
let db: Db;
let orders: readonly [PlacedOrder, PlacedOrder];
beforeAll(async () => {
  ledger = await openLedger();
  ({ db } = ledger);
  await saveBrand(db, other, NOON);
  orders = [await placedOrder(db), await placedOrder(db, {}, other)];
});
afterAll(() => ledger.close());
beforeEach(async () => {
  await removeLanes(db);
  await saveLane(db, accountLane(10));
  for (const [index, { brand: of }] of orders.entries())
    await saveLane(db, {
      id: `${index}-lane`,
      kind: 'sender',
      brand: of,
      channel: 'sms',
      unit: 'segments',
      tokens: 100,
      periodMs: 1000,
      reserved: 0.5,
    });
});

/** News of both brands alternately. */
async function news(amount: number): Promise<string[]> {
  const made: string[] = [];
  for (let index = 0; index < amount; index += 1)
    made.push(await anotherMessage(db, orders[index % 2] as PlacedOrder, 'shipped', NOON));
  return made;
}

type Read = ReturnType<typeof batchedReads>;

/** Asks for all of them while the first waits for the account's lane. Those that fail have an error for an answer. */
async function atOnce(read: Read, messages: readonly string[]): Promise<(MessageAndGate | Error | undefined)[]> {
  const answers = await db.transaction(async (trx) => {
    await trx('lanes').where({ id: 'account' }).forUpdate().first('id');
    const asked = messages.map((message, index) => read(message, NOON + index, ['planned']));
    const settled = Promise.allSettled(asked);
    await untilWaiting(db, 1);
    return { settled };
  });
  return (await answers.settled).map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error)));
}

describe('messages that are asked for while another reserves its tokens', () => {
  it('reserve tokens in the order in which they came, each as if it had been alone', async () => {
    const messages = await news(30);
    const answers = await atOnce(batchedReads(db), messages);
    await emptyLanes(db);
    await db('lane_shares').update({ in_line_ms: 0, booked_to: '-infinity', urgent_to: '-infinity' });
    const alone = [];
    for (const [index, message] of messages.entries())
      alone.push(await readMessageAndGate(db, message, NOON + index, ['planned']));
    expect(answers.map((one) => one && 'reservation' in one && one.reservation)).toEqual(
      alone.map((one) => one?.reservation),
    );
    expect(new Set(alone.map((one) => one?.reservation?.kind))).toEqual(new Set(['granted', 'later']));
  });

  it('are read with the gate of their own contact, as of their own moment', async () => {
    const [first = '', second = '', third = ''] = await news(3);
    const stopped = await placedOrder(db);
    const stop = { brand: brand.id, address: stopped.phone, state: 'stopped', source: 'test', at: NOON } as const;
    await changeSuppression(storeOf(db), stop, NOON);
    const fourth = await anotherMessage(db, stopped, 'bundle_offer', NOON);
    const messages = [first, second, third, fourth];
    const answers = await atOnce(batchedReads(db), messages);
    for (const [index, message] of messages.entries()) {
      const { reservation, ...read } = answers[index] as MessageAndGate;
      expect(reservation).toBeDefined();
      expect(read).toEqual(await readMessageAndGate(db, message, NOON + index));
      expect(read.message.id).toBe(message);
    }
  });

  it('are answered, although one of them does not exist, is sent already or cannot be asked for', async () => {
    const [first = '', second = '', sent = '', last = ''] = await news(4);
    await submitted(db, sent);
    const answers = await atOnce(batchedReads(db), [first, randomUUID(), second, sent, 'no id', last]);
    expect(answers[1]).toBeUndefined();
    expect(answers[3]).not.toHaveProperty('reservation');
    expect(answers[4]).toBeInstanceOf(Error);
    for (const index of [0, 2, 5]) expect(answers[index]).toMatchObject({ reservation: { kind: 'granted' } });
    const { rows } = await db.raw<{ rows: { taken: number }[] }>(
      `select extract(epoch from taken_to - ?::timestamptz) * 1000 as taken from lanes where id = 'account'`,
      [new Date(NOON).toISOString()],
    );
    // Three tokens of 100 ms, and nothing for the statement that failed. A quarter of a second was there to catch up with.
    expect(Number(rows[0]?.taken)).toBe(3 * 100 - 250);
  });

  it('do not lock two processes against each other, whatever brands they are of', async () => {
    await saveLane(db, accountLane(100_000));
    const otherProcess = connect(ledger.url, { poolMax: 5 });
    const messages = await news(200);
    const reads = [batchedReads(db), batchedReads(otherProcess)];
    const deadlocks = async (): Promise<number> => {
      const { rows } = await db.raw<{ rows: { deadlocks: number }[] }>(
        'select deadlocks from pg_stat_database where datname = current_database()',
      );
      return rows[0]?.deadlocks ?? 0;
    };
    const before = await deadlocks();
    const answers = await Promise.all(
      messages.map((message, index) => (reads[Math.floor(index / 3) % 2] as Read)(message, NOON, ['planned'])),
    );
    await otherProcess.destroy();
    expect(answers.filter((one) => one?.reservation)).toHaveLength(messages.length);
    expect(await deadlocks()).toBe(before);
  });
});
