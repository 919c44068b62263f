import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../../commands/orders/save-brand.ts';
import type { Db } from '../../../../db/connection/connect.ts';
import { storeLaneFailure, saveLane } from '../../../../db/sending/lanes/lanes.ts';
import { recordAccepted } from '../../../../db/sending/ledger/attempts.ts';
import { applyConsequence } from '../../../../commands/sending/apply-consequence.ts';
import { OPEN_AFTER, PROBE_FOR, accountLane } from '../../../../domain/sending/lane.ts';
import type { ErrorAction } from '../../../../domain/sending/provider-error.ts';
import { storeOf } from '../../../helpers/keys.ts';
import type { LaneLedger } from '../../../helpers/lanes.ts';
import { anotherMessage, openLaneLedger, removeLanes, reserveTokens } from '../../../helpers/lanes.ts';
import { NOON, brand, placedOrder, submitted } from '../../../helpers/ledger.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

let ledger: LaneLedger;
let db: Db;
beforeAll(async () => {
  ledger = await openLaneLedger();
  ({ db } = ledger);
});
afterAll(() => ledger.close());
beforeEach(async () => {
  await removeLanes(db);
  await saveLane(db, accountLane(1000));
});

const news = () => ledger.message('shipped');

/** Reports this many failed calls, one after the other. Returns the ids of the lanes whose circuit opened. */
async function fail(times: number, at: number): Promise<string[]> {
  const opened: string[] = [];
  for (let time = 0; time < times; time += 1)
    opened.push(...(await storeLaneFailure(db, await news(), { kind: 'failed' }, at)));
  return opened;
}

async function succeed(at: number): Promise<readonly string[]> {
  return recordAccepted(db, await submitted(db, await news(), at), crypto.randomUUID(), 'answer', at);
}

describe('a circuit', () => {
  it(`opens at failure ${OPEN_AFTER} in a row, is told of once, and then no message tries`, async () => {
    expect(await fail(OPEN_AFTER - 1, NOON)).toEqual([]);
    expect((await reserveTokens(db, await news(), NOON)).kind).toBe('granted');
    expect(await fail(3, NOON)).toEqual(['account']);
    const reservation = await reserveTokens(db, await news(), NOON + SECOND);
    expect(reservation).toMatchObject({ kind: 'later', reason: 'provider_down', rule: 'circuit.account' });
    expect(reservation.at).toBe(NOON + MINUTE / 2);
  });

  it('does not open when a success stands between the failures', async () => {
    await fail(OPEN_AFTER - 1, NOON);
    expect(await succeed(NOON)).toEqual([]);
    expect(await fail(OPEN_AFTER - 1, NOON)).toEqual([]);
  });

  it('opens at once when the account is refused', async () => {
    expect(await storeLaneFailure(db, await news(), { kind: 'account_refused' }, NOON)).toEqual(['account']);
  });

  it('messages that wait for it are spread by the rate of the lane', async () => {
    await db('lanes').where({ id: 'account' }).update({ tokens: 10 });
    await fail(OPEN_AFTER, NOON);
    const moments = [];
    for (let time = 0; time < 5; time += 1) moments.push((await reserveTokens(db, await news(), NOON)).at - NOON);
    expect(moments).toEqual([30_000, 30_100, 30_200, 30_300, 30_400]);
  });

  it('that may close lets exactly one of many through, and no other before it is heard of', async () => {
    await fail(OPEN_AFTER, NOON);
    const later = NOON + MINUTE / 2;
    const messages = await Promise.all(Array.from({ length: 20 }, news));
    const reservations = await Promise.all(messages.map((message) => reserveTokens(db, message, later)));
    expect(reservations.filter(({ kind }) => kind === 'granted')).toHaveLength(1);
    for (const reservation of reservations)
      if (reservation.kind === 'later') {
        expect(reservation.reason).toBe('provider_down');
        expect(reservation.at).toBeGreaterThanOrEqual(later + PROBE_FOR);
      }
    // The probe died without a word.
    expect((await reserveTokens(db, await news(), later + PROBE_FOR)).kind).toBe('granted');
  });

  it('closes with a success, which is told of, and begins anew', async () => {
    await fail(OPEN_AFTER, NOON);
    expect(await succeed(NOON + MINUTE)).toEqual(['account']);
    expect((await reserveTokens(db, await news(), NOON + MINUTE)).kind).toBe('granted');
    expect(await fail(OPEN_AFTER - 1, NOON + MINUTE)).toEqual([]);
  });

  it('stays open twice as long with every probe that fails, up to a quarter of an hour', async () => {
    await fail(OPEN_AFTER, NOON);
    const waits: number[] = [];
    let now = NOON + MINUTE / 2;
    for (let time = 0; time < 7; time += 1) {
      const probe = await news();
      expect((await reserveTokens(db, probe, now)).kind).toBe('granted');
      expect(await storeLaneFailure(db, probe, { kind: 'failed' }, now)).toEqual(['account']);
      const { at } = await reserveTokens(db, await news(), now);
      waits.push(Math.round((at - now) / SECOND) / 60);
      now = at;
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  it('is not kept open by failures of calls that were under way when it opened', async () => {
    await fail(OPEN_AFTER, NOON);
    expect(await fail(10, NOON + 10 * SECOND)).toEqual([]);
    expect((await reserveTokens(db, await news(), NOON + MINUTE / 2)).kind).toBe('granted');
  });
});

it("another brand's successes keep the account's circuit closed, and a failing sender's own opens", async () => {
  const other = { ...brand, id: 'other', sender: '+393399957777', limits: { messagesPerSecond: 100 } };
  await saveBrand(db, other, NOON);
  const strange = await placedOrder(db, {}, other);
  const opened: string[] = [];
  for (let time = 0; time < OPEN_AFTER; time += 1) {
    const failing = await anotherMessage(db, strange, 'shipped', NOON);
    opened.push(...(await storeLaneFailure(db, failing, { kind: 'failed' }, NOON)));
    await succeed(NOON);
  }
  expect(opened).toEqual(['sender:other']);
  expect((await reserveTokens(db, await news(), NOON)).kind).toBe('granted');
  const held = await reserveTokens(db, await anotherMessage(db, strange, 'shipped', NOON), NOON);
  expect(held).toMatchObject({ kind: 'later', reason: 'provider_down', rule: 'circuit.sender' });
});

describe('a status webhook', () => {
  const limited = { ...brand, limits: { messagesPerSecond: 100, segmentsPerMinute: 6000, messagesPerDay: 10_000 } };
  const told = async (code: string, action: ErrorAction) => {
    const clientRef = await submitted(db, await news());
    return db.transaction((trx) => applyConsequence(storeOf(trx), { clientRef, code, action, at: NOON }, NOON));
  };
  const cut = async (): Promise<string[]> =>
    (await db('lanes').where('factor', '<', 1).orderBy('id').select<{ kind: string }[]>('kind')).map(
      ({ kind }) => kind,
    );

  it.each([
    { code: '1000', limits: limited, kinds: ['account'] },
    { code: '1241', limits: limited, kinds: ['campaign', 'sender'] },
    { code: '1241', limits: brand, kinds: ['account'] },
  ])('that says $code slows $kinds down', async ({ code, limits, kinds }) => {
    await saveBrand(db, limits, NOON);
    await told(code, 'retry_later');
    expect(await cut()).toEqual(kinds);
  });

  it('of another passing error slows nothing down', async () => {
    await told('1220', 'retry_later');
    expect(await cut()).toEqual([]);
  });

  it('that refuses the account opens its circuit, and one alarm is raised', async () => {
    expect(await told('1070', 'open_circuit')).toMatchObject({ kind: 'circuit_opened', code: '1070' });
    expect(await told('1070', 'open_circuit')).toBeUndefined();
    expect((await reserveTokens(db, await news(), NOON)).kind).toBe('later');
  });
});
