/** Generated orders and journeys for property tests. */
import fc from 'fast-check';
import { compileJourney } from '../../domain/journey/compiled-journey.ts';
import { DAY, HOUR, MINUTE } from '../../domain/time/duration.ts';
import type { ToldFields } from '../../domain/orders/event-row.ts';
import { kindOf } from '../../domain/orders/event-row.ts';
import type { Fact, ReportedType } from '../../domain/orders/events.ts';
import { EVENTS, REPORTED_TYPES, rowOf } from '../../domain/orders/events.ts';
import { RULES } from '../../domain/orders/placement.ts';
import type { Journey, OrderTraits, Step } from '../../domain/journey/journey.ts';
import { CASE_KINDS, CYCLES, FULFILMENTS, HISTORIES, journeyFor } from '../../domain/journey/journey.ts';
import { TRIGGER_NAMES } from '../../domain/journey/trigger.ts';
import type { WordValue } from '../../domain/journey/words.ts';
import { STEP_WORDS, WORDS } from '../../domain/journey/words.ts';
import { MESSAGE_KINDS, isMessageKind } from '../../domain/sending/message.ts';
import { loadStandardJourney } from '../../journeys/load.ts';

/** Monday 2 March 2026, 22:41 UTC: every generated order is placed then. */
export const PLACED_AT = Date.UTC(2026, 2, 2, 22, 41);

const flag = fc.boolean();

const traits: fc.Arbitrary<OrderTraits> = fc.record({
  fulfilment: fc.constantFrom(...FULFILMENTS),
  cycle: fc.constantFrom(...CYCLES),
  history: fc.constantFrom(...HISTORIES),
  guide: flag,
  consumable: flag,
  complement: flag,
  parcelByParcel: flag,
});

/** All of them: there are 384. */
export const ALL_TRAITS: readonly OrderTraits[] = FULFILMENTS.flatMap((fulfilment) =>
  CYCLES.flatMap((cycle) =>
    HISTORIES.flatMap((history) =>
      Array.from({ length: 16 }, (_, bits) => ({
        fulfilment,
        cycle,
        history,
        guide: (bits & 1) > 0,
        consumable: (bits & 2) > 0,
        complement: (bits & 4) > 0,
        parcelByParcel: (bits & 8) > 0,
      })),
    ),
  ),
);

const standard = loadStandardJourney();

/** The standard journey of some order, most often one that travels: those have the most steps. */
export const arbitraryOrderJourney: fc.Arbitrary<Journey> = traits
  .chain((some) => fc.constantFrom(some, { ...some, fulfilment: 'shipped' as const }))
  .map((some) => journeyFor(standard, some));

/** Minutes count: events of one order often come minutes apart, and sometimes at the same moment. */
const moment = fc.oneof(
  fc.integer({ min: 0, max: 45 * 24 * 60 }).map((minutes) => PLACED_AT + minutes * MINUTE),
  fc.integer({ min: 0, max: 20 }).map((days) => PLACED_AT + days * DAY),
);

const parcel = fc.constantFrom('p1', 'p2', '00037');

const placement = fc.record(
  {
    contact: fc.constant('contact-1'),
    journey: arbitraryOrderJourney.map(compileJourney),
    parcelCount: fc.integer({ min: 1, max: 3 }),
    promisedAt: moment,
    runsOutAfterDays: fc.integer({ min: 1, max: 60 }),
    rules: fc.constant(RULES),
    totalMinor: fc.integer({ min: 0, max: 100 }),
    pieces: fc.integer({ min: 1, max: 4 }),
    mainPieces: fc.integer({ min: 1, max: 2 }),
  },
  { requiredKeys: ['contact', 'journey'] },
);

/** Sometimes more than the whole order. */
const part = fc.record({ pieces: fc.integer({ min: 0, max: 5 }), ofMain: fc.integer({ min: 0, max: 2 }) });
const parcelCount = fc.integer({ min: 1, max: 3 });

type Body = Fact extends infer Each ? (Each extends Fact ? Omit<Each, 'id'> : never) : never;

/** By the kind of a told field. */
const TOLD = {
  id: parcel,
  moment,
  count: parcelCount,
  minor: fc.integer({ min: 0, max: 120 }),
  score: fc.integer({ min: 1, max: 5 }),
  part,
  placement,
  outcome: fc.constantFrom('delivered' as const, 'rejected' as const),
};

/** The told fields of a type, by its row. */
export function toldFieldsOf(tells: ToldFields): fc.Arbitrary<object> {
  const fields = Object.entries(tells).map(([name, field]) => [name, TOLD[kindOf(field)]] as const);
  const requiredKeys = Object.keys(tells).filter((name) => !tells[name]?.endsWith('?'));
  return fc.record(Object.fromEntries(fields), { requiredKeys });
}

/** Events that shops report, of every type in the table. Types that tell the same fields come as often as one type together. */
function reportedOf(types: readonly ReportedType[]): fc.Arbitrary<Body> {
  const forms = Map.groupBy(types, (type): ToldFields => EVENTS[type].tells);
  const bodies = [...forms].map(([tells, alike]) =>
    fc
      .tuple(fc.constantFrom(...alike), moment, toldFieldsOf(tells))
      .map(([type, at, told]) => ({ type, at, ...told }) as Body),
  );
  return fc.oneof(...bodies);
}

const isEnding = (type: ReportedType): boolean => rowOf(type)?.ends !== undefined;
const progress = reportedOf(REPORTED_TYPES.filter((type) => !isEnding(type)));
const ending = reportedOf(REPORTED_TYPES.filter(isEnding));

const answer: fc.Arbitrary<Body> = fc.oneof(
  fc.record({ type: fc.constant('rated' as const), at: moment, score: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ type: fc.constant('nps_given' as const), at: moment, score: fc.integer({ min: 0, max: 10 }) }),
);

const supportCase: fc.Arbitrary<Body> = fc.record({
  type: fc.constantFrom('case_opened' as const, 'case_closed' as const),
  at: moment,
  case: fc.constantFrom('1', '2', 'constructor'),
});

function eventsOf(...bodies: readonly fc.Arbitrary<Body>[]): fc.Arbitrary<readonly Fact[]> {
  return fc
    .tuple(placement, fc.array(fc.oneof(...bodies), { maxLength: 14 }))
    .map(([placed, others]) => [
      { id: 'e0', at: PLACED_AT, type: 'order_placed', placement: placed },
      ...others.map((body, index): Fact => ({ ...body, id: `e${index + 1}` })),
    ]);
}

/** All kinds of events of an order, in no order. The first one is the order itself. */
export const orderEvents = eventsOf(progress, progress, progress, ending, answer, supportCase);

/** Without cases: those are our own and never late. */
export const shopEvents = eventsOf(progress, progress, progress, ending, answer);

/** Without anything that ends an order, so that most messages are sent. */
export const happyEvents = eventsOf(progress, progress, answer);

/** The same events in another order, some of them more than once. */
export function shuffledAgain(events: readonly Fact[]): fc.Arbitrary<readonly Fact[]> {
  return fc
    .tuple(fc.shuffledSubarray([...events]), fc.shuffledSubarray([...events], { minLength: events.length }))
    .map(([again, all]) => [...all, ...again]);
}

/** Up to two weeks on the way. */
export const delay = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 14 * 24 }).map((hours) => hours * HOUR),
);

const duration = fc.oneof(
  fc.constant('0'),
  fc
    .tuple(fc.constantFrom('', '-'), fc.integer({ min: 0, max: 9999 }), fc.constantFrom('m', 'h', 'd'))
    .map((parts) => parts.join('')),
);

const act: fc.Arbitrary<Step['act']> = fc.oneof(
  fc.constantFrom(...Object.keys(MESSAGE_KINDS).filter(isMessageKind)).map((send) => ({ send })),
  fc.constantFrom(...CASE_KINDS).map((open) => ({ open })),
);

function valueOf(value: WordValue): fc.Arbitrary<unknown> {
  switch (value.kind) {
    case 'duration':
      return duration;
    case 'one_of':
      return fc.constantFrom(...value.names);
    case 'list_of':
      return fc.shuffledSubarray([...value.names], { minLength: 1 });
  }
}

/** A step with any of the words. */
const step = fc.record(
  {
    id: fc.oneof(
      fc.stringMatching(/^[a-z][a-z0-9_]{1,30}$/),
      fc.constantFrom(...Object.keys(MESSAGE_KINDS), ...CASE_KINDS),
    ),
    act,
    when: fc.constantFrom(...TRIGGER_NAMES),
    ...Object.fromEntries(WORDS.map((word) => [word, valueOf(STEP_WORDS[word].value)])),
  },
  { requiredKeys: ['id', 'act', 'when'] },
) as fc.Arbitrary<Step>;

/** Any journey that could be compiled, sensible or not. */
export const anyJourney: fc.Arbitrary<Journey> = fc.record({
  name: fc.stringMatching(/^[a-z][a-z0-9-]{1,30}$/),
  version: fc.integer({ min: 1, max: 1000 }),
  steps: fc.uniqueArray(step, { selector: ({ id }) => id, minLength: 1, maxLength: 20 }),
});
