import { describe, expect, it } from 'vitest';
import { DAY, HOUR, durationMs } from '../../domain/time/duration.ts';
import type { Guard } from '../../domain/journey/guard.ts';
import type { Journey, OrderTraits, StepCondition } from '../../domain/journey/journey.ts';
import type { Trigger } from '../../domain/journey/trigger.ts';
import { journeyFor } from '../../domain/journey/journey.ts';
import type { MessageKind } from '../../domain/sending/message.ts';
import { MESSAGE_KINDS, isMessageKind, isPlannable, kindRule } from '../../domain/sending/message.ts';
import { loadStandardJourney } from '../../journeys/load.ts';
import { ALL_TRAITS } from '../helpers/arbitraries.ts';

const standard = loadStandardJourney();

const PARCELS: StepCondition = { fulfilment: ['shipped'] };
const GOODS: StepCondition = { fulfilment: ['shipped', 'pickup'] };
const fast = { ...GOODS, cycle: ['fast'] } as const;
const long = { ...GOODS, cycle: ['long'] } as const;

type Row = readonly [
  id: string,
  does: string,
  when: Trigger,
  after: string,
  unless: readonly Guard[],
  condition?: StepCondition,
];

/** The promises of the service about an order, a row per step. Cancelled and returned orders end by themselves. */
const ROWS: readonly Row[] = [
  ['order_confirmation', 'order_confirmation', 'placed', '0', []],
  ['order_updated', 'order_updated', 'updated', '15m', []],
  ['order_cancelled', 'order_cancelled', 'cancelled', '0', []],
  ['refund_issued', 'refund_issued', 'refunded', '0', []],
  ['return_received', 'return_received', 'returned', '0', []],
  ['shipped', 'shipped', 'shipped', '0', ['on_its_way'], PARCELS],
  ['out_for_delivery', 'out_for_delivery', 'out_for_delivery', '0', ['delivered'], PARCELS],
  ['ready_for_pickup', 'ready_for_pickup', 'ready_for_pickup', '0', ['collected'], GOODS],
  ['pickup_reminder', 'pickup_reminder', 'ready_for_pickup', '2d', ['collected'], GOODS],
  ['delivery_delayed', 'delivery_delayed', 'promise_moved', '0', ['delivered', 'at_pickup'], PARCELS],
  ['delivery_overdue', 'delivery_delayed', 'promise_passed', '0', ['delivered', 'at_pickup'], PARCELS],
  ['delivery_failed', 'delivery_failed', 'delivery_failed', '0', ['delivered'], PARCELS],
  ['delivery_failed_case', 'case: delivery_failed', 'delivery_failed', '1d', ['news'], PARCELS],
  ['never_arrived', 'case: never_arrived', 'never_arrived', '0', ['refunded'], GOODS],
  ['delivered', 'delivered', 'delivered', '0', [], { ...PARCELS, parcel_by_parcel: false }],
  ['parcel_delivered', 'delivered', 'parcel_delivered', '0', [], { ...PARCELS, parcel_by_parcel: true }],
  ['setup_guide', 'setup_guide', 'delivered', '1d', ['refunded', 'item_returned'], { ...GOODS, guide: true }],
  [
    'setup_guide_digital',
    'setup_guide',
    'placed',
    '10m',
    ['refunded', 'item_returned'],
    { fulfilment: ['digital'], guide: true },
  ],
  [
    'booking_link',
    'setup_guide',
    'placed',
    '10m',
    ['refunded', 'item_returned'],
    { fulfilment: ['service'], guide: true },
  ],
  ['care_tips', 'care_tips', 'delivered', '3d', ['open_case', 'refunded', 'item_returned'], fast],
  [
    'check_in',
    'check_in',
    'delivered',
    '3d',
    ['open_case', 'refunded', 'item_returned'],
    { ...long, history: ['new', 'repeat'] },
  ],
  [
    'check_in_digital',
    'check_in',
    'placed',
    '3d',
    ['open_case', 'refunded', 'item_returned'],
    { fulfilment: ['digital'] },
  ],
  ['rating_request', 'rating_request', 'delivered', '5d', ['open_case', 'refunded', 'item_returned', 'rated'], fast],
  [
    'rating_request_long',
    'rating_request',
    'delivered',
    '14d',
    ['open_case', 'refunded', 'item_returned', 'rated'],
    long,
  ],
  [
    'rating_request_digital',
    'rating_request',
    'placed',
    '7d',
    ['open_case', 'refunded', 'item_returned', 'rated'],
    { fulfilment: ['digital', 'service'] },
  ],
  ['review_invitation', 'review_invitation', 'rated_high', '0', []],
  ['support_offer', 'support_offer', 'rated_low', '0', []],
  ['low_rating_case', 'case: low_rating', 'rated_low', '0', []],
  ['review_after_support', 'review_invitation', 'rated_low', '7d', []],
  ['nps_request', 'nps_request', 'delivered', '30d', ['open_case', 'refunded', 'asked_recently'], GOODS],
  [
    'loyalty_invitation',
    'loyalty_invitation',
    'delivered',
    '7d',
    ['member', 'open_case', 'rated_low', 'refunded'],
    GOODS,
  ],
  ['loyalty_tier', 'loyalty_tier', 'tier_reached', '0', ['open_case']],
  [
    'bundle_offer',
    'bundle_offer',
    'delivered',
    '30d',
    ['open_case', 'rated_low', 'refunded', 'item_returned'],
    { ...GOODS, complement: true },
  ],
  [
    'replenishment',
    'replenishment',
    'run_out',
    '-5d',
    ['reordered', 'open_case', 'rated_low', 'refunded', 'item_returned'],
    { ...GOODS, consumable: true },
  ],
  ['reactivation', 'reactivation', 'placed', '90d', ['reordered', 'open_case', 'refunded', 'not_arrived'], GOODS],
  [
    'reactivation_digital',
    'reactivation',
    'placed',
    '90d',
    ['reordered', 'open_case', 'refunded'],
    { fulfilment: ['digital', 'service'] },
  ],
];

const TRAITS: OrderTraits = {
  fulfilment: 'shipped',
  cycle: 'fast',
  history: 'new',
  guide: true,
  consumable: true,
  complement: true,
  parcelByParcel: false,
};
const journeyOf = (traits: Partial<OrderTraits> = {}): Journey => journeyFor(standard, { ...TRAITS, ...traits });
const idsOf = (traits: Partial<OrderTraits>): string[] => journeyOf(traits).steps.map(({ id }) => id);

describe('the standard journey', () => {
  for (const [id, does, when, after, unless, condition] of ROWS)
    it(`${id}: ${does} on ${when} + ${after}, unless ${unless.join(', ') || 'it ended'}`, () => {
      const step = standard.steps.find((one) => one.id === id);
      const act = step && ('send' in step.act ? step.act.send : `case: ${step.act.open}`);
      // An open case holds a step that has the word, and everything else there ends it.
      expect({
        act,
        when: step?.when,
        unless: step?.unless ?? [],
        holdWhile: step?.holdWhile,
        condition: step?.for,
      }).toEqual({
        act: does,
        when,
        unless: unless.filter((guard) => guard !== 'open_case'),
        holdWhile: unless.includes('open_case') ? ['open_case'] : undefined,
        condition,
      });
      expect(durationMs(step?.after ?? '0')).toBe(durationMs(after));
    });

  it('has no step besides these', () => {
    expect(standard.steps.map(({ id }) => id)).toEqual(ROWS.map(([id]) => id));
  });

  it('sends every kind of message but the answers to keywords and the questions about a consent', () => {
    const sent = new Set(standard.steps.flatMap(({ act }) => ('send' in act ? [act.send] : [])));
    const wanted = Object.keys(MESSAGE_KINDS).filter((kind) => isMessageKind(kind) && isPlannable(kind));
    expect([...sent].toSorted()).toEqual(wanted.toSorted());
  });

  it.each<[MessageKind, string]>([
    ...(
      [
        'order_confirmation',
        'order_updated',
        'order_cancelled',
        'refund_issued',
        'return_received',
        'shipped',
        'out_for_delivery',
        'support_offer',
      ] as const
    ).map((kind): [MessageKind, string] => [kind, 'transactional, any hour']),
    ...(
      [
        'ready_for_pickup',
        'pickup_reminder',
        'delivery_delayed',
        'delivery_failed',
        'delivered',
        'setup_guide',
        'care_tips',
        'check_in',
      ] as const
    ).map((kind): [MessageKind, string] => [kind, 'transactional, daytime']),
    ...(['rating_request', 'nps_request'] as const).map((kind): [MessageKind, string] => [
      kind,
      'service_feedback, daytime',
    ]),
    ...(
      [
        'review_invitation',
        'loyalty_invitation',
        'loyalty_tier',
        'bundle_offer',
        'replenishment',
        'reactivation',
      ] as const
    ).map((kind): [MessageKind, string] => [kind, 'promotional, daytime']),
    ...(['opt_out_confirmed', 'opt_in_confirmed', 'help'] as const).map((kind): [MessageKind, string] => [
      kind,
      'compliance, any hour',
    ]),
  ])('%s is %s', (kind, rule) => {
    expect(`${kindRule(kind).class}, ${kindRule(kind).hours === 'any' ? 'any hour' : 'daytime'}`).toBe(rule);
  });

  it('keeps messages useful as long as promised: delivered two days, confirmations of keywords five minutes', () => {
    expect(kindRule('delivered').usefulFor).toBe(2 * DAY);
    for (const kind of ['opt_out_confirmed', 'opt_in_confirmed', 'help'] as const)
      expect(kindRule(kind).usefulFor).toBe(HOUR / 12);
    expect(kindRule('out_for_delivery').sameDayOnly).toBe(true);
  });
});

describe('an order of the standard journey', () => {
  it('asks for a rating after 3 to 7 days of fast goods, and after 10 to 21 of long-cycle ones', () => {
    const days = (traits: Partial<OrderTraits>): number[] =>
      journeyOf(traits).steps.flatMap(({ act, after = '0' }) =>
        'send' in act && act.send === 'rating_request' ? durationMs(after) / DAY : [],
      );
    for (const traits of ALL_TRAITS) {
      const [asked, ...more] = days(traits);
      expect(more).toEqual([]);
      const [from, to] =
        traits.cycle === 'fast' || !['shipped', 'pickup'].includes(traits.fulfilment) ? [3, 7] : [10, 21];
      expect(asked).toBeGreaterThanOrEqual(from ?? NaN);
      expect(asked).toBeLessThanOrEqual(to ?? NaN);
    }
  });

  it('of a download or an appointment waits for no parcel', () => {
    const waiting = [
      'shipped',
      'out_for_delivery',
      'delivered',
      'run_out',
      'never_arrived',
      'promise_moved',
      'promise_passed',
      'ready_for_pickup',
      'delivery_failed',
    ];
    for (const fulfilment of ['digital', 'service'] as const)
      expect(journeyOf({ fulfilment }).steps.filter(({ when }) => waiting.includes(when))).toEqual([]);
    expect(idsOf({ fulfilment: 'digital' })).toEqual(
      expect.arrayContaining(['setup_guide_digital', 'check_in_digital', 'rating_request_digital']),
    );
    expect(idsOf({ fulfilment: 'service' })).toEqual(
      expect.arrayContaining(['booking_link', 'rating_request_digital']),
    );
  });

  it('that is collected in the shop hears nothing of carriers', () => {
    const ids = idsOf({ fulfilment: 'pickup' });
    for (const id of [
      'shipped',
      'out_for_delivery',
      'delivery_delayed',
      'delivery_overdue',
      'delivery_failed',
      'delivered',
    ])
      expect(ids).not.toContain(id);
    expect(ids).toEqual(
      expect.arrayContaining(['ready_for_pickup', 'pickup_reminder', 'setup_guide', 'rating_request']),
    );
  });

  it('has the steps about a guide, a complement and a run-out only where the product has them', () => {
    const bare = { guide: false, complement: false, consumable: false };
    for (const fulfilment of ['shipped', 'pickup', 'digital', 'service'] as const) {
      const ids = idsOf({ fulfilment, ...bare });
      for (const id of ['setup_guide', 'setup_guide_digital', 'booking_link', 'bundle_offer', 'replenishment'])
        expect(ids).not.toContain(id);
    }
  });
});
