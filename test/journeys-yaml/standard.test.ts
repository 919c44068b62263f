import { describe, expect, it } from 'vitest';
import { DAY, HOUR, durationMs } from '../../domain/duration.ts';
import type { Fact } from '../../domain/event.ts';
import type { Guard, Journey, OrderTraits, StepCondition, Trigger } from '../../domain/journey.ts';
import { journeyFor } from '../../domain/journey.ts';
import type { MessageKind } from '../../domain/message.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../../domain/message.ts';
import { loadStandardJourney } from '../../journeys/load.ts';
import { ALL_TRAITS, PLACED_AT } from '../helpers/arbitraries.ts';
import type { Played } from '../helpers/simulate.ts';
import { simulate } from '../helpers/simulate.ts';

const standard = loadStandardJourney();

const PARCELS: StepCondition = { fulfilment: ['shipped'] };
const GOODS: StepCondition = { fulfilment: ['shipped', 'pickup'] };
const fast = { ...GOODS, cycle: ['fast'] } as const;
const long = { ...GOODS, cycle: ['long'] } as const;

type Row = readonly [id: string, does: string, when: Trigger, after: string, unless: readonly Guard[], condition?: StepCondition];

/** What the service promises about an order, a row per step. Cancelled and returned orders end by themselves. */
const ROWS: readonly Row[] = [
  ['order_confirmation', 'order_confirmation', 'placed', '0', []],
  ['order_updated', 'order_updated', 'updated', '0', []],
  ['order_cancelled', 'order_cancelled', 'cancelled', '0', []],
  ['refund_issued', 'refund_issued', 'refunded', '0', []],
  ['return_received', 'return_received', 'returned', '0', []],
  ['shipped', 'shipped', 'shipped', '0', ['on_its_way'], PARCELS],
  ['out_for_delivery', 'out_for_delivery', 'out_for_delivery', '0', ['delivered'], PARCELS],
  ['ready_for_pickup', 'ready_for_pickup', 'ready_for_pickup', '0', ['collected'], GOODS],
  ['pickup_reminder', 'pickup_reminder', 'ready_for_pickup', '2d', ['collected'], GOODS],
  ['delivery_delayed', 'delivery_delayed', 'promise_moved', '0', ['delivered'], PARCELS],
  ['delivery_overdue', 'delivery_delayed', 'promise_passed', '0', ['delivered'], PARCELS],
  ['delivery_failed', 'delivery_failed', 'delivery_failed', '0', ['delivered'], PARCELS],
  ['delivery_failed_case', 'case: delivery_failed', 'delivery_failed', '1d', ['delivered'], PARCELS],
  ['delivered', 'delivered', 'delivered', '0', [], PARCELS],
  ['setup_guide', 'setup_guide', 'delivered', '1d', ['refunded'], { ...GOODS, guide: true }],
  ['setup_guide_digital', 'setup_guide', 'placed', '10m', ['refunded'], { fulfilment: ['digital'], guide: true }],
  ['booking_link', 'setup_guide', 'placed', '10m', ['refunded'], { fulfilment: ['service'], guide: true }],
  ['care_tips', 'care_tips', 'delivered', '3d', ['open_case', 'refunded'], fast],
  ['check_in', 'check_in', 'delivered', '3d', ['open_case', 'refunded'], long],
  ['check_in_digital', 'check_in', 'placed', '3d', ['open_case', 'refunded'], { fulfilment: ['digital'] }],
  ['rating_request', 'rating_request', 'delivered', '5d', ['open_case', 'refunded', 'rated'], fast],
  ['rating_request_long', 'rating_request', 'delivered', '14d', ['open_case', 'refunded', 'rated'], long],
  ['rating_request_digital', 'rating_request', 'placed', '7d', ['open_case', 'refunded', 'rated'], { fulfilment: ['digital', 'service'] }],
  ['review_invitation', 'review_invitation', 'rated_high', '0', []],
  ['support_offer', 'support_offer', 'rated_low', '0', []],
  ['low_rating_case', 'case: low_rating', 'rated_low', '0', []],
  ['review_after_support', 'review_invitation', 'rated_low', '7d', []],
  ['nps_request', 'nps_request', 'delivered', '30d', ['open_case', 'refunded', 'asked_recently'], GOODS],
  ['loyalty_invitation', 'loyalty_invitation', 'delivered', '7d', ['member', 'open_case', 'refunded'], GOODS],
  ['loyalty_tier', 'loyalty_tier', 'tier_reached', '0', ['open_case']],
  ['bundle_offer', 'bundle_offer', 'delivered', '30d', ['open_case', 'rated_low', 'refunded'], { ...GOODS, complement: true }],
  ['replenishment', 'replenishment', 'run_out', '-5d', ['reordered', 'open_case', 'rated_low', 'refunded'], { ...GOODS, consumable: true }],
  ['reactivation', 'reactivation', 'placed', '90d', ['reordered', 'open_case', 'refunded']],
];

const TRAITS: OrderTraits = { fulfilment: 'shipped', cycle: 'fast', history: 'new', guide: true, consumable: true, complement: true };
const journeyOf = (traits: Partial<OrderTraits> = {}): Journey => journeyFor(standard, { ...TRAITS, ...traits });
const idsOf = (traits: Partial<OrderTraits>): string[] => journeyOf(traits).steps.map(({ id }) => id);

describe('the standard journey', () => {
  it.each(ROWS)('%s: %s on %s + %s unless %j', (id, does, when, after, unless, condition) => {
    const step = standard.steps.find((one) => one.id === id);
    const act = step && ('send' in step.act ? step.act.send : `case: ${step.act.open}`);
    expect({ act, when: step?.when, unless: step?.unless ?? [], condition: step?.for }).toEqual({ act: does, when, unless, condition });
    expect(durationMs(step?.after ?? '0')).toBe(durationMs(after));
  });

  it('has no step besides these', () => {
    expect(standard.steps.map(({ id }) => id)).toEqual(ROWS.map(([id]) => id));
  });

  it('sends every kind of message but the answers to keywords', () => {
    const sent = new Set(standard.steps.flatMap(({ act }) => ('send' in act ? [act.send] : [])));
    const wanted = Object.keys(MESSAGE_KINDS).filter((kind) => isMessageKind(kind) && kindRule(kind).class !== 'compliance');
    expect([...sent].toSorted()).toEqual(wanted.toSorted());
  });

  it.each<[MessageKind, string]>([
    ...(['order_confirmation', 'order_updated', 'order_cancelled', 'refund_issued', 'return_received', 'shipped', 'out_for_delivery', 'support_offer'] as const).map((kind): [MessageKind, string] => [kind, 'transactional, any hour']),
    ...(['ready_for_pickup', 'pickup_reminder', 'delivery_delayed', 'delivery_failed', 'delivered', 'setup_guide', 'care_tips', 'check_in'] as const).map((kind): [MessageKind, string] => [kind, 'transactional, daytime']),
    ...(['rating_request', 'nps_request'] as const).map((kind): [MessageKind, string] => [kind, 'service_feedback, daytime']),
    ...(['review_invitation', 'loyalty_invitation', 'loyalty_tier', 'bundle_offer', 'replenishment', 'reactivation'] as const).map((kind): [MessageKind, string] => [kind, 'promotional, daytime']),
    ...(['opt_out_confirmed', 'opt_in_confirmed', 'help'] as const).map((kind): [MessageKind, string] => [kind, 'compliance, any hour']),
  ])('%s is %s', (kind, rule) => {
    expect(`${kindRule(kind).class}, ${kindRule(kind).hours === 'any' ? 'any hour' : 'daytime'}`).toBe(rule);
  });

  it('keeps messages useful as long as promised: delivered two days, confirmations of keywords five minutes', () => {
    expect(kindRule('delivered').usefulFor).toBe(2 * DAY);
    for (const kind of ['opt_out_confirmed', 'opt_in_confirmed', 'help'] as const) expect(kindRule(kind).usefulFor).toBe(HOUR / 12);
    expect(kindRule('out_for_delivery').sameDayOnly).toBe(true);
  });
});

describe('an order of the standard journey', () => {
  it('asks for a rating after 3 to 7 days of fast goods, and after 10 to 21 of long-cycle ones', () => {
    const days = (traits: Partial<OrderTraits>): number[] =>
      journeyOf(traits).steps.flatMap(({ act, after = '0' }) => ('send' in act && act.send === 'rating_request' ? durationMs(after) / DAY : []));
    for (const traits of ALL_TRAITS) {
      const [asked, ...more] = days(traits);
      expect(more).toEqual([]);
      const [from, to] = traits.cycle === 'fast' || !['shipped', 'pickup'].includes(traits.fulfilment) ? [3, 7] : [10, 21];
      expect(asked).toBeGreaterThanOrEqual(from ?? NaN);
      expect(asked).toBeLessThanOrEqual(to ?? NaN);
    }
  });

  it('of a download or an appointment waits for no parcel', () => {
    const waiting = ['shipped', 'out_for_delivery', 'delivered', 'run_out', 'promise_moved', 'promise_passed', 'ready_for_pickup', 'delivery_failed'];
    for (const fulfilment of ['digital', 'service'] as const)
      expect(journeyOf({ fulfilment }).steps.filter(({ when }) => waiting.includes(when))).toEqual([]);
    expect(idsOf({ fulfilment: 'digital' })).toEqual(expect.arrayContaining(['setup_guide_digital', 'check_in_digital', 'rating_request_digital']));
    expect(idsOf({ fulfilment: 'service' })).toEqual(expect.arrayContaining(['booking_link', 'rating_request_digital']));
  });

  it('that is collected in the shop hears nothing of carriers', () => {
    const ids = idsOf({ fulfilment: 'pickup' });
    for (const id of ['shipped', 'out_for_delivery', 'delivery_delayed', 'delivery_overdue', 'delivery_failed', 'delivered']) expect(ids).not.toContain(id);
    expect(ids).toEqual(expect.arrayContaining(['ready_for_pickup', 'pickup_reminder', 'setup_guide', 'rating_request']));
  });

  it('has the steps about a guide, a complement and a run-out only where the product has them', () => {
    const bare = { guide: false, complement: false, consumable: false };
    for (const fulfilment of ['shipped', 'pickup', 'digital', 'service'] as const) {
      const ids = idsOf({ fulfilment, ...bare });
      for (const id of ['setup_guide', 'setup_guide_digital', 'booking_link', 'bundle_offer', 'replenishment']) expect(ids).not.toContain(id);
    }
  });
});

/** A parcel delivered after three days, and then what the customer and the agent do. */
function delivered(...events: readonly Fact[]): Played {
  const at = PLACED_AT + 3 * DAY;
  const journey = journeyOf();
  const placement = { contact: 'c', journey: { name: 'standard', version: 1, steps: [] }, runsOutAfterDays: 30 };
  const facts: Fact[] = [
    { id: 'o', at: PLACED_AT, type: 'order_placed', placement },
    { id: 's', at: PLACED_AT + DAY, type: 'parcel_shipped', parcel: 'p' },
    { id: 'd', at, type: 'parcel_delivered', parcel: 'p' },
    ...events,
  ];
  return simulate({ journey, arrivals: facts.map((fact) => ({ at: fact.at, fact })), person: { zones: ['UTC'] } });
}

const RATED_AT = PLACED_AT + 10 * DAY;
const rating = (score: number): Fact => ({ id: 'r', at: RATED_AT, type: 'rated', score });
const sentAt = ({ sent }: Played, kind: MessageKind | 'case'): number[] => sent.filter((line) => line.kind === kind).map(({ at }) => at);

describe('everyone who rates', () => {
  it.each([1, 2, 3, 4, 5])('with %i gets one invitation to the public review', (score) => {
    expect(sentAt(delivered(rating(score)), 'review_invitation')).toHaveLength(1);
  });

  it('may review under the same conditions: no invitation asks for a score', () => {
    const invitations = standard.steps.filter(({ act }) => 'send' in act && act.send === 'review_invitation');
    const reached = invitations.map(({ when, unless = [], for: condition }) => ({ when, unless, condition }));
    // Both halves of the scale, nothing that could keep one of them back.
    expect(reached).toEqual([
      { when: 'rated_high', unless: [], condition: undefined },
      { when: 'rated_low', unless: [], condition: undefined },
    ]);
  });

  it.each([4, 5])('with %i gets it at once, even at night', (score) => {
    expect(sentAt(delivered(rating(score)), 'review_invitation')).toEqual([RATED_AT]);
    expect(sentAt(delivered(rating(score)), 'support_offer')).toEqual([]);
  });

  it.each([1, 2, 3])('with %i gets the agent first, and it after seven days', (score) => {
    const played = delivered(rating(score));
    expect(sentAt(played, 'support_offer')).toEqual([RATED_AT]);
    expect(sentAt(played, 'case')).toEqual([RATED_AT]);
    const [invited = 0] = sentAt(played, 'review_invitation');
    expect(invited - RATED_AT).toBeGreaterThanOrEqual(7 * DAY);
    expect(invited - RATED_AT).toBeLessThan(8 * DAY);
  });

  it('low gets it when the agent has closed the case, if that is earlier', () => {
    // The simulator numbers its own cases.
    const closedAt = RATED_AT + 2 * DAY;
    const [invited = 0] = sentAt(delivered(rating(2), { id: 'c', at: closedAt, type: 'case_closed', case: 'own-1' }), 'review_invitation');
    expect(invited).toBeGreaterThanOrEqual(closedAt);
    expect(invited).toBeLessThan(closedAt + DAY);
  });

  it('low gets the agent first even when an earlier case was closed already', () => {
    const earlier: Fact[] = [
      { id: 'a', at: RATED_AT - 2 * DAY, type: 'case_opened', case: '1' },
      { id: 'b', at: RATED_AT - DAY, type: 'case_closed', case: '1' },
    ];
    const [invited = 0] = sentAt(delivered(...earlier, rating(2)), 'review_invitation');
    expect(invited).toBeGreaterThanOrEqual(RATED_AT + 7 * DAY);
  });
});

describe('a customer', () => {
  it('who is unhappy is offered no bundle and no refill', () => {
    const closed: Fact = { id: 'c', at: RATED_AT + DAY, type: 'case_closed', case: 'own-1' };
    const { skipped } = delivered(rating(2), closed);
    const reasons = Object.fromEntries(skipped.map(({ key, reason }) => [key, reason]));
    expect(reasons).toMatchObject({ bundle_offer: 'low_rating', replenishment: 'low_rating' });
  });

  it('with an open case gets no tips, no questions and no promotions', () => {
    const { sent, skipped } = delivered({ id: 'c', at: PLACED_AT + 3 * DAY, type: 'case_opened', case: '9' });
    const stopped = skipped.filter(({ reason }) => reason === 'open_case').map(({ key }) => key);
    expect(stopped).toEqual(['care_tips', 'rating_request', 'loyalty_invitation', 'replenishment', 'nps_request', 'bundle_offer', 'reactivation']);
    expect(sent.map(({ key }) => key)).toEqual(['order_confirmation', 'shipped#p', 'delivered', 'setup_guide']);
  });

  it('who gets a parcel in time hears nothing of a delay', () => {
    const { sent, skipped } = delivered({ id: 'p', at: PLACED_AT, type: 'delivery_promised', promisedAt: PLACED_AT + 5 * DAY });
    expect([...sent, ...skipped].filter(({ key }) => key.startsWith('delivery_'))).toEqual([]);
  });

  it('whose parcel is late hears of it once, in the day', () => {
    const { sent } = delivered({ id: 'p', at: PLACED_AT, type: 'delivery_promised', promisedAt: PLACED_AT + DAY });
    expect(sent.filter(({ kind }) => kind === 'delivery_delayed')).toHaveLength(1);
  });
});
