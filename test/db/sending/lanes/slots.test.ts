import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveBrand } from '../../../../commands/orders/save-brand.ts';
import type { Db } from '../../../../db/connection/connect.ts';
import { saveLane } from '../../../../db/sending/lanes/lanes.ts';
import type { Slot } from '../../../../db/sending/lanes/slots.ts';
import { saveText } from '../../../../db/sending/lanes/slots.ts';
import type { Brand } from '../../../../domain/orders/brand.ts';
import { accountLane, SLOT_KEPT } from '../../../../domain/sending/lane.ts';
import type { LaneLedger } from '../../../helpers/lanes.ts';
import { book, openLaneLedger, removeLanes, reserveTokens } from '../../../helpers/lanes.ts';
import { NOON, brand } from '../../../helpers/ledger.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

let ledger: LaneLedger;
let db: Db;
beforeAll(async () => {
  ledger = await openLaneLedger();
  ({ db } = ledger);
});
afterAll(() => ledger.close());
beforeEach(() => removeLanes(db));

const promotion = () => ledger.message('bundle_offer');
const limited = (limits: NonNullable<Brand['limits']>) => saveBrand(db, { ...brand, limits }, NOON);

/** Books slots for this many promotions that become due at noon. Returns the answer of each. */
async function herd(size: number, wish: { before?: number; again?: number } = {}, segments = 1): Promise<Slot[]> {
  const slots: Slot[] = [];
  for (let index = 0; index < size; index += 1)
    slots.push(await book(db, await promotion(), { now: NOON, ...wish }, segments));
  return slots;
}

/** Milliseconds from noon; 0 for those that go at once. */
function waits(slots: readonly Slot[]): number[] {
  return slots.map((slot) => (slot.kind === 'later' ? slot.until - NOON : 0));
}

async function decisionsAbout(message: string): Promise<object[]> {
  const { step, occurrence } =
    (await db('messages').where({ id: message }).first<{ step: string; occurrence: string }>()) ?? {};
  return db('decisions')
    .where({ step: step ?? '', occurrence: occurrence ?? '', outcome: 'wait' })
    .orderBy('id')
    .select('reason', 'rule', 'wait_until');
}

describe('a promotion that is due', () => {
  it('goes at once where nothing limits it', async () => {
    const message = await promotion();
    expect(await book(db, message, { now: NOON })).toEqual({ kind: 'now' });
    expect(await decisionsAbout(message)).toEqual([]);
  });

  it('with a herd of others gets a moment of its own, one token after the one before', async () => {
    await saveLane(db, accountLane(2));
    expect(waits(await herd(6))).toEqual([0, 0, 0, 1500, 2000, 2500]);
  });

  it('is told to wait by a decision that is on record', async () => {
    await saveLane(db, accountLane(1));
    await herd(3);
    const message = await promotion();
    const slot = await book(db, message, { now: NOON });
    expect(slot).toEqual({ kind: 'later', until: NOON + 3 * SECOND });
    expect(await decisionsAbout(message)).toEqual([
      { reason: 'slot', rule: 'lane.account', wait_until: new Date(NOON + 3 * SECOND) },
    ]);
  });

  it('pays for its segments where they are counted', async () => {
    await limited({ segmentsPerMinute: 60 });
    expect(waits(await herd(4, {}, 3))).toEqual([0, 3000, 6000, 9000]);
  });

  it('keeps its slot: when it is asked about twice, and when it comes', async () => {
    await saveLane(db, accountLane(1));
    await herd(10);
    const message = await promotion();
    const slot = await book(db, message, { now: NOON });
    expect(await book(db, message, { now: NOON })).toEqual(slot);
    const until = slot.kind === 'later' ? slot.until : 0;
    expect(await book(db, message, { now: until })).toEqual({ kind: 'now' });
    expect((await reserveTokens(db, message, until)).kind).toBe('granted');
    expect(waits([await book(db, await promotion(), { now: NOON })])).toEqual([11 * SECOND]);
  });

  it('loses a slot that has long passed, so that late ones form no herd', async () => {
    await saveLane(db, accountLane(1));
    const message = await promotion();
    await book(db, message, { now: NOON });
    const late = NOON + SLOT_KEPT + SECOND;
    await db('lanes').update({ booked_to: new Date(late + 5 * SECOND) });
    expect(await book(db, message, { now: late })).toEqual({ kind: 'later', until: late + 5 * SECOND });
  });
});

describe('a herd that does not fit', () => {
  it('books up to the edge of the window and no further; the rest is asked again in the next one', async () => {
    await saveLane(db, accountLane(1));
    const slots = await herd(10, { before: NOON + 5 * SECOND, again: NOON + DAY });
    expect(waits(slots)).toEqual([0, 0, 2000, 3000, 4000, ...Array<number>(5).fill(DAY)]);
    // Nothing is booked for them, so the lane is free after the window.
    expect(waits([await book(db, await promotion(), { now: NOON })])).toEqual([5000]);
  });

  it('ends where the next window is past its use, and says by which lane', async () => {
    await saveLane(db, accountLane(1));
    const [, last] = await herd(2, { before: NOON + 1, again: NOON + 8 * DAY });
    expect(last).toEqual({ kind: 'too_late', rule: 'lane.account' });
  });

  it('has the promotions of a day go out up to the share that order news keeps', async () => {
    await limited({ messagesPerDay: 5 });
    const tomorrow = NOON + DAY;
    const slots = await herd(6, { before: NOON + 5 * HOUR, again: tomorrow });
    expect(waits(slots)).toEqual([0, 0, 0, 0, DAY, DAY]);
    const news = await ledger.message('shipped');
    expect((await reserveTokens(db, news, NOON)).kind).toBe('granted');
  });
});

it('order news books nothing: it goes first', async () => {
  await saveLane(db, accountLane(1));
  await herd(30);
  const news = await ledger.message('shipped');
  expect(await book(db, news, { now: NOON })).toEqual({ kind: 'now' });
  expect(await reserveTokens(db, news, NOON)).toMatchObject({ kind: 'granted', at: NOON });
});

it('bookings of two workers at once never share a moment', async () => {
  await saveLane(db, accountLane(10));
  const messages = await Promise.all(Array.from({ length: 40 }, promotion));
  await Promise.all(messages.map((message) => book(db, message, { now: NOON })));
  const rows: { slot_at: Date }[] = await db('messages').whereIn('id', messages).orderBy('slot_at').select('slot_at');
  expect(rows.map(({ slot_at }) => slot_at.getTime() - NOON)).toEqual(
    Array.from({ length: 40 }, (_, index) => index * 100),
  );
});

describe('a text that books no slot', () => {
  it('is put off to the slot that its message took when its turn was asked for, and is stored', async () => {
    const id = await ledger.message('shipped');
    const save = () =>
      saveText(ledger.db, id, { text: 'x', locale: 'it', encoding: 'gsm7', segments: 1 }, { now: NOON, books: false });
    expect(await save()).toEqual({ kind: 'now' });
    const until = NOON + 60_000;
    await ledger
      .db('messages')
      .where({ id })
      .update({ slot_at: new Date(until) });
    expect(await save()).toEqual({ kind: 'later', until });
    expect(await save()).toEqual(
      await saveText(ledger.db, id, { text: 'x', locale: 'it', encoding: 'gsm7', segments: 1 }, { now: NOON }),
    );
    expect(await ledger.db('messages').where({ id }).first('body', 'segments')).toEqual({ body: 'x', segments: 1 });
  });
});
