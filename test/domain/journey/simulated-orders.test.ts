import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import type { Fact } from '../../../domain/orders/events.ts';
import { NO_FACTS, isReturned } from '../../../domain/orders/facts.ts';
import { applyAll } from '../../../domain/orders/fold.ts';
import type { Journey } from '../../../domain/journey/journey.ts';
import { kindRule } from '../../../domain/sending/message.ts';
import {
  PLACED_AT,
  delay,
  happyEvents,
  orderEvents,
  arbitraryOrderJourney,
  shopEvents,
  shuffledAgain,
} from '../../helpers/arbitraries.ts';
import type { Arrival, Line, Simulated } from '../../helpers/simulate.ts';
import { simulate } from '../../helpers/simulate.ts';

const ZONES = ['Europe/Rome', 'Asia/Seoul', 'America/New_York'];
const person = fc.constantFrom(...ZONES).map((zone) => ({ zones: [zone] }));
const moment = fc.integer({ min: 0, max: 100 * 24 }).map((hours) => PLACED_AT + hours * HOUR);

/** A cap or a spacing that depends on the other messages would hide what an order's events alone decide. */
const NO_LIMITS = { cappedAt: [], lastMessageAt: -Infinity };

const inTime = (facts: readonly Fact[]): Arrival[] => facts.map((fact) => ({ at: fact.at, fact }));
const keys = (lines: readonly Line[]): string[] => lines.map(({ key }) => key).toSorted();
const messages = ({ sent }: Simulated): Line[] => sent.filter(({ kind }) => kind !== 'case');

function inTimeRun(journey: Journey, facts: readonly Fact[]): Simulated {
  return simulate({ journey, arrivals: inTime(facts), person: NO_LIMITS });
}

/** Many orders send next to nothing; the properties below mean something only because most do not. */
it('generated orders send ten messages and more', () => {
  const counts = fc
    .sample(fc.tuple(arbitraryOrderJourney, happyEvents), 200)
    .map(([journey, facts]) => messages(inTimeRun(journey, facts)).length);
  expect(Math.max(...counts)).toBeGreaterThanOrEqual(10);
  expect(counts.filter((count) => count >= 4).length).toBeGreaterThan(100);
});

describe('an order, whatever happens to it', () => {
  /** A shop that reports every few hours or days: what has happened meanwhile comes together, and messages go out in between. */
  it('facts that come together give the same messages in any order, and so they do when some of them are repeated', () => {
    const story = fc.tuple(
      arbitraryOrderJourney,
      fc.integer({ min: 1, max: 10 * 24 }),
      person,
      orderEvents.chain((facts) => fc.tuple(fc.constant(facts), shuffledAgain(facts))),
    );
    fc.assert(
      fc.property(story, ([journey, hours, who, [facts, again]]) => {
        const reportedAt = ({ at }: Fact): number =>
          PLACED_AT + Math.ceil((at - PLACED_AT) / (hours * HOUR)) * hours * HOUR;
        const run = (order: readonly Fact[]) =>
          simulate({ journey, arrivals: order.map((fact) => ({ at: reportedAt(fact), fact })), person: who });
        expect(run(again)).toEqual(run(facts));
      }),
    );
  });

  it('an order whose facts all come at once in the end gives the same messages in any order', () => {
    const story = fc.tuple(
      arbitraryOrderJourney,
      moment,
      person,
      orderEvents.chain((facts) => fc.tuple(fc.constant(facts), shuffledAgain(facts))),
    );
    fc.assert(
      fc.property(story, ([journey, at, who, [facts, again]]) => {
        const run = (order: readonly Fact[]) =>
          simulate({ journey, arrivals: order.map((fact) => ({ at, fact })), person: who });
        expect(run(again)).toEqual(run(facts));
      }),
    );
  });

  it('an event that is reported twice changes nothing', () => {
    const story = fc.tuple(arbitraryOrderJourney, orderEvents, fc.array(fc.tuple(fc.nat(), delay)));
    fc.assert(
      fc.property(story, ([journey, facts, repeats]) => {
        const again = repeats.map(([index, late]) => {
          const fact = facts[index % facts.length] as Fact;
          return { at: fact.at + late, fact };
        });
        const once = simulate({ journey, arrivals: inTime(facts) });
        const twice = simulate({ journey, arrivals: [...inTime(facts), ...again] });
        expect(twice).toEqual(once);
      }),
    );
  });

  it('every step occurrence is sent at most once, and what was skipped is never sent', () => {
    fc.assert(
      fc.property(
        arbitraryOrderJourney,
        orderEvents,
        fc.array(delay, { minLength: 20, maxLength: 20 }),
        (journey, facts, delays) => {
          const arrivals = facts.map((fact, index) => ({ at: fact.at + (delays[index] ?? 0), fact }));
          const { sent, skipped } = simulate({ journey, arrivals });
          const all = keys([...sent, ...skipped]);
          expect(new Set(all).size).toBe(all.length);
        },
      ),
    );
  });

  it('nothing is sent before its trigger, but for what is predicted', () => {
    fc.assert(
      fc.property(arbitraryOrderJourney, orderEvents, person, (journey, facts, who) => {
        for (const { at, item } of simulate({ journey, arrivals: inTime(facts), person: who }).sent) {
          expect(at).toBeGreaterThanOrEqual(item.dueAt);
          if (item.step.when !== 'run_out') expect(at).toBeGreaterThanOrEqual(item.occurrence.at);
        }
      }),
    );
  });

  it('nothing is sent after a cancellation or the return of the whole order but the word about it', () => {
    fc.assert(
      fc.property(arbitraryOrderJourney, orderEvents, (journey, facts) => {
        const closing = ['order_cancelled', 'refund_issued', 'return_received'];
        for (const { at, kind } of simulate({ journey, arrivals: inTime(facts) }).sent) {
          const known = applyAll(
            NO_FACTS,
            facts.filter((fact) => fact.at <= at),
          );
          if (known.cancelledAt !== undefined || isReturned(known)) expect(closing).toContain(kind);
        }
      }),
    );
  });

  it('nothing is sent after STOP', () => {
    fc.assert(
      fc.property(arbitraryOrderJourney, happyEvents, moment, (journey, facts, stopAt) => {
        const played = simulate({ journey, arrivals: inTime(facts), stopAt });
        for (const { at } of messages(played)) expect(at).toBeLessThan(stopAt);
      }),
    );
  });

  it('nothing is sent past the time it is useful, or in the night when it keeps the day', () => {
    fc.assert(
      fc.property(
        arbitraryOrderJourney,
        orderEvents,
        fc.array(delay, { minLength: 20, maxLength: 20 }),
        (journey, facts, delays) => {
          const arrivals = facts.map((fact, index) => ({ at: fact.at + (delays[index] ?? 0), fact }));
          for (const { at, kind, item } of simulate({ journey, arrivals, person: { zones: ['UTC'] } }).sent) {
            expect(at).toBeLessThanOrEqual(item.usefulUntil);
            if (kind === 'case' || item.inReply || kindRule(kind).hours === 'any') continue;
            const hour = new Date(at).getUTCHours();
            expect(hour >= 8 && hour < 21, `${kind} at ${hour}`).toBe(true);
          }
        },
      ),
    );
  });
});

describe('an order whose events come late', () => {
  // Cases are our own and never late; which of them are open at a moment is another story.
  const withoutCases = arbitraryOrderJourney.map((journey) => ({
    ...journey,
    steps: journey.steps.filter(({ act }) => 'send' in act),
  }));

  it('sends nothing more than it would have in time, unless what speaks against it came late too', () => {
    fc.assert(
      fc.property(
        withoutCases,
        shopEvents,
        fc.array(delay, { minLength: 20, maxLength: 20 }),
        (journey, facts, delays) => {
          const arrivals = facts.map((fact, index) => ({ at: fact.at + (delays[index] ?? 0), fact }));
          const wouldBe = new Set(keys(inTimeRun(journey, facts).sent));
          for (const { key, at, kind } of simulate({ journey, arrivals, person: NO_LIMITS }).sent) {
            // A delay is compared with what was told before it, which is less when promises are heard of late (delay.test.ts).
            if (kind === 'delivery_delayed') continue;
            const unknown = arrivals.filter((late) => late.fact.at <= at && late.at > at);
            if (unknown.length === 0) expect(wouldBe).toContain(key);
          }
        },
      ),
    );
  });

  it('sends nothing at all that is later than the message is worth', () => {
    fc.assert(
      fc.property(arbitraryOrderJourney, happyEvents, (journey, facts) => {
        const aYearLate = facts.map((fact) => ({ at: PLACED_AT + 365 * DAY, fact }));
        const { sent } = simulate({ journey, arrivals: aYearLate });
        for (const { item } of sent) expect(item.usefulUntil).toBeGreaterThanOrEqual(PLACED_AT + 365 * DAY);
      }),
    );
  });
});

describe('an order that is paused and resumed', () => {
  const pause = fc.tuple(moment, fc.integer({ min: 1, max: 20 * 24 }), fc.boolean());

  it('sends nothing meanwhile', () => {
    fc.assert(
      fc.property(arbitraryOrderJourney, happyEvents, pause, (journey, facts, [from, hours, byItself]) => {
        const until = from + hours * HOUR;
        const { sent } = simulate({ journey, arrivals: [...inTime(facts), ...paused(from, until, byItself)] });
        // Placed in the same moment, the order may be told before the pause.
        expect(sent.filter(({ at }) => at > from && at < until)).toEqual([]);
      }),
    );
  });

  it('gives nothing up meanwhile that may still come', () => {
    fc.assert(
      fc.property(arbitraryOrderJourney, orderEvents, pause, (journey, facts, [from, hours, byItself]) => {
        const until = from + hours * HOUR;
        const arrivals = [...inTime(facts), ...paused(from, until, byItself)];
        const { skipped } = simulate({ journey, arrivals });
        for (const { at, item, reason } of skipped.filter((line) => line.at > from && line.at < until)) {
          expect(reason, item.key).not.toBe('open_case');
          if (reason === 'too_late') expect(item.usefulUntil).toBeLessThan(at);
        }
      }),
    );
  });

  it('loses nothing that is still useful when it is resumed', () => {
    fc.assert(
      fc.property(arbitraryOrderJourney, happyEvents, pause, (journey, facts, [from, hours, byItself]) => {
        const until = from + hours * HOUR;
        const known = facts.filter(({ at }) => at <= from);
        const arrivals = [...inTime(known), ...paused(from, until, byItself)];
        const after = new Set(keys(simulate({ journey, arrivals, person: NO_LIMITS }).sent));
        const useful = inTimeRun(journey, known).sent.filter(
          ({ item, at }) => item.usefulUntil >= until + 1.5 * DAY && at > from,
        );
        for (const { key } of useful) expect(after).toContain(key);
      }),
    );
  });

  function paused(from: number, until: number, byItself: boolean): Arrival[] {
    return byItself
      ? [{ at: from, pause: { until } }]
      : [
          { at: from, pause: {} },
          { at: until, resume: true },
        ];
  }
});
