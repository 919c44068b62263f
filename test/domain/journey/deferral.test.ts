import { describe, expect, it } from 'vitest';
import { maySend } from '../../../domain/sending/gate/decision.ts';
import { DAY, HOUR, MINUTE } from '../../../domain/time/duration.ts';
import type { MessageKind } from '../../../domain/sending/message.ts';
import { sendFacts } from '../../helpers/send-facts.ts';
import { aroundChanges, minuteOfDay } from '../time/time-zones.ts';

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

it('spreading messages over the first half hour makes none of them too late', () => {
  const opening = Date.UTC(2026, 5, 1, 6);
  const usefulUntil = opening + MINUTE;
  for (let person = 0; person < 50; person += 1) {
    const facts = sendFacts({
      kind: 'delivered',
      now: opening - 5 * HOUR,
      usefulUntil,
      spreadKey: `contact-${person}`,
    });
    const decision = maySend(facts);
    expect(decision.kind === 'wait' && decision.until >= opening && decision.until <= usefulUntil, `${person}`).toBe(
      true,
    );
    expect(maySend({ ...facts, usefulUntil: opening - 1 })).toMatchObject({ kind: 'skip', reason: 'too_late' });
  }
});
