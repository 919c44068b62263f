import { describe, expect, it } from 'vitest';
import {
  CATCH_UP,
  WAIT_IN_PLACE,
  accountLane,
  isUrgentClass,
  lanesOf,
  forecast,
} from '../../../domain/sending/lane.ts';
import { MESSAGE_CLASSES } from '../../../domain/sending/message.ts';
import { brand } from '../../helpers/ledger.ts';
import type { LaneState } from '../../../domain/sending/lane.ts';

describe('the lanes of a brand', () => {
  it('are those its file names, each in its unit and period', () => {
    const limits = { messagesPerSecond: 1, segmentsPerMinute: 75, messagesPerDay: 2000 };
    expect(lanesOf({ ...brand, limits })).toMatchObject([
      { id: `sender:${brand.id}`, channel: 'sms', unit: 'messages', tokens: 1, periodMs: 1000 },
      { id: `campaign:${brand.id}`, channel: 'sms', unit: 'segments', tokens: 75, periodMs: 60_000 },
      { id: `brand_day:${brand.id}`, unit: 'messages', tokens: 2000, zone: brand.zone },
    ]);
  });

  it('are none without limits', () => {
    expect(lanesOf(brand)).toEqual([]);
  });
});

it('order news and answers go ahead of promotions and feedback', () => {
  expect(MESSAGE_CLASSES.filter(isUrgentClass)).toEqual(['transactional', 'compliance']);
});

it('what an account may send at once fits into a provider’s bucket of one second', () => {
  const { reserved, periodMs } = accountLane(30);
  expect(reserved * periodMs + CATCH_UP).toBeLessThan(1000);
});

it('a token that is waited for leaves the call its 10 of 15 seconds', () => {
  expect(WAIT_IN_PLACE.first).toBeLessThan(5_000);
  expect(WAIT_IN_PLACE.others).toBeLessThan(WAIT_IN_PLACE.first);
});

const HOUR = 3_600_000;
const NINE = Date.UTC(2026, 2, 3, 8);

function account(changes: Partial<LaneState> = {}): LaneState {
  return { ...accountLane(30), factor: 1, bookedTo: 0, ...changes };
}

const million = { messages: 1_000_000, segments: 1_000_000, from: NINE };

describe('a forecast', () => {
  it('a million at 30 a second take nine hours and a quarter, and do not fit a day', () => {
    const { drainsAt, warnings, segmentsPerSecond } = forecast(million, [account()], { before: NINE + 9 * HOUR });
    expect((drainsAt - NINE) / HOUR).toBeCloseTo(9.26, 2);
    expect(segmentsPerSecond).toBe(30);
    expect(warnings).toEqual(['after_window']);
  });

  it('begins behind what is booked, and after a circuit may close', () => {
    const lanes = [account({ bookedTo: NINE + HOUR }), account({ heldUntil: NINE + 2 * HOUR })];
    const { startsAt, warnings } = forecast({ messages: 30, segments: 30, from: NINE }, lanes, {});
    expect(startsAt).toBe(NINE + 2 * HOUR);
    expect(warnings).toEqual(['provider_down']);
  });

  it('counts segments where a lane does, and requests where it counts requests', () => {
    const campaign: LaneState = { ...account(), kind: 'campaign', unit: 'segments', tokens: 60, periodMs: 60_000 };
    const long = { messages: 100, segments: 300, from: NINE };
    expect(forecast(long, [account()], {}).segmentsPerSecond).toBe(90);
    expect(forecast(long, [account(), campaign], {}).segmentsPerSecond).toBe(1);
  });

  it('takes a cut rate as it is', () => {
    expect(forecast(million, [account({ factor: 0.5 })], {}).segmentsPerSecond).toBe(15);
  });

  it('says when a day is not enough', () => {
    const day: LaneState = {
      ...account(),
      kind: 'brand_day',
      tokens: 2000,
      reserved: 0.2,
      left: 400,
      zone: 'Europe/Rome',
    };
    const { drainsAt, warnings } = forecast({ messages: 3600, segments: 3600, from: NINE }, [account(), day], {});
    expect(warnings).toEqual(['over_day_limit']);
    expect(Math.floor((drainsAt - NINE) / (24 * HOUR))).toBe(2);
  });

  it('warns when the last text goes out after the window or after its use, and not when it goes out just then', () => {
    const volume = { messages: 30, segments: 30, from: NINE };
    const warned = (limits: { before?: number; usefulUntil?: number }) =>
      forecast(volume, [account()], limits).warnings;
    const end = NINE + 1000;
    expect(warned({ before: end, usefulUntil: end })).toEqual([]);
    expect(warned({ before: end - 1 })).toEqual(['after_window']);
    expect(warned({ usefulUntil: end - 1 })).toEqual(['after_usefulness']);
    expect(warned({})).toEqual([]);
  });

  it('does not warn of a circuit that may close by the time it begins', () => {
    const volume = { messages: 30, segments: 30, from: NINE };
    expect(forecast(volume, [account({ heldUntil: NINE })], {}).warnings).toEqual([]);
    expect(forecast(volume, [account({ heldUntil: NINE + 1 })], {}).warnings).toEqual(['provider_down']);
  });

  it('spreads what is above a day over the days that it takes, by what is left of each for promotions', () => {
    const day: LaneState = { ...account(), kind: 'brand_day', tokens: 1000, reserved: 0.2, left: 400 };
    const nights = (messages: number) =>
      Math.floor((forecast({ messages, segments: messages, from: NINE }, [day], {}).drainsAt - NINE) / (24 * HOUR));
    expect([0, 399, 400, 401, 1200, 1201].map(nights)).toEqual([0, 0, 0, 1, 1, 2]);
    // A day's lane has no rate of its own.
    const { segmentsPerSecond } = forecast({ messages: 9, segments: 9, from: NINE }, [account(), day], {});
    expect(segmentsPerSecond).toBe(30);
    expect(forecast({ messages: 9, segments: 9, from: NINE }, [day], {}).segmentsPerSecond).toBeUndefined();
  });

  it('of no messages assumes texts of one segment', () => {
    expect(forecast({ messages: 0, segments: 0, from: NINE }, [account()], {}).segmentsPerSecond).toBe(30);
  });

  it('without a limit everything is out at once', () => {
    expect(forecast(million, [], {})).toEqual({ startsAt: NINE, drainsAt: NINE, warnings: [] });
  });
});
