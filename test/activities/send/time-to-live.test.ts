import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import { MESSAGE_KINDS, kindRule } from '../../../domain/sending/message.ts';
import { NOON, placedOrder, planned } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { startSending } from './sending.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

/** The time to live of the message as it went over the wire, s. */
async function ttlOf(overrides: Parameters<typeof planned>[2], asOf = NOON): Promise<number | null | undefined> {
  const message = await planned(stage.db, await placedOrder(stage.db), { dueAt: NOON, ...overrides });
  expect(await stage.send(message, { asOf })).toEqual({ kind: 'accepted' });
  return stage.fake.messages().at(-1)?.ttlSeconds;
}

describe('the time to live that the provider is given', () => {
  it('ends when the message is of no use any more', async () => {
    expect(await ttlOf({ kind: 'shipped' })).toBe(kindRule('shipped').usefulFor / 1000);
    expect(await ttlOf({ kind: 'shipped' }, NOON + 47 * HOUR)).toBe(HOUR / 1000);
    expect(await ttlOf({ kind: 'check_in', step: 'check_in', occurrence: '' })).toBe((5 * DAY) / 1000);
  });

  it('of news about a day ends with that day where the customer lives', async () => {
    // Noon in Rome.
    expect(await ttlOf({ kind: 'out_for_delivery', step: 'out_for_delivery' })).toBe((12 * HOUR) / 1000);
  });

  it('is never shorter or longer than the channel takes', async () => {
    expect(await ttlOf({ kind: 'shipped' }, NOON + 2 * DAY - 5_000)).toBe(20);
    expect(await ttlOf({ kind: 'reactivation', step: 'reactivation', occurrence: '' })).toBe((7 * DAY) / 1000);
  });

  it('is set for every kind that an order can send, and is never the 72 hours of the provider', () => {
    for (const rule of Object.values(MESSAGE_KINDS)) expect(rule.usefulFor).toBeGreaterThanOrEqual(5 * MINUTE);
  });
});
