import { describe, expect, it } from 'vitest';
import { CATCH_UP, WAIT_IN_PLACE, accountLane, goesFirst, lanesOf } from '../../../domain/sending/lane.ts';
import { MESSAGE_CLASSES } from '../../../domain/sending/message.ts';
import { brand } from '../../helpers/ledger.ts';

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
  expect(MESSAGE_CLASSES.filter(goesFirst)).toEqual(['transactional', 'compliance']);
});

it('what an account may send at once fits into a provider’s bucket of one second', () => {
  const { reserved, periodMs } = accountLane(30);
  expect(reserved * periodMs + CATCH_UP).toBeLessThan(1000);
});

it('a token that is waited for leaves the call its 10 of 15 seconds', () => {
  expect(WAIT_IN_PLACE.first).toBeLessThan(5_000);
  expect(WAIT_IN_PLACE.others).toBeLessThan(WAIT_IN_PLACE.first);
});
