import { describe, expect, it } from 'vitest';
import { maySend } from '../../domain/decision.ts';
import { DAY } from '../../domain/duration.ts';
import type { MessageKind } from '../../domain/message.ts';
import { sendFacts } from '../helpers/send-facts.ts';
import { aroundChanges, minuteOfDay } from './time-zones.ts';

/** Minutes of the local day, `[from, to)`; a promotion keeps ten minutes from the opening and fifteen from the closing. */
const OPEN: readonly (readonly [MessageKind, number, number])[] = [
  ['delivered', 8 * 60, 21 * 60],
  ['bundle_offer', 9 * 60 + 10, 20 * 60 - 15],
  ['rating_request', 9 * 60, 20 * 60],
];

describe('over both clock changes, in every time zone', () => {
  it.each(OPEN)('%s is sent inside its window, or deferred into the next one and sent then', (kind, from, to) => {
    for (const { zone, at } of aroundChanges()) {
      const facts = sendFacts({ kind, now: at, usefulUntil: at + 7 * DAY, zones: [zone] });
      const decision = maySend(facts);
      const sentAt = decision.kind === 'wait' ? decision.until : at;
      const minute = minuteOfDay(sentAt, zone);
      // One message a line only where it fails: there are six thousand moments.
      if (decision.kind === 'skip' || sentAt < at || sentAt > at + DAY || minute < from || minute >= to)
        expect.fail(`${zone}: asked at ${at}, ${decision.kind}, would be sent at ${sentAt}`);
      if (decision.kind === 'wait') expect(maySend({ ...facts, now: sentAt }).kind, `${zone} ${sentAt}`).toBe('send');
    }
  });
});
