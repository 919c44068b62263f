/** A journey is a list of steps: "when X, after Y, unless Z, send message kind K". Compiled from YAML, carried by the workflow. */
import type { Channel, MessageKind } from '../sending/message.ts';
import { BASE_CHANNEL } from '../sending/message.ts';

/** Triggers start a step. One can occur several times for one order: once per parcel, update, refund or promise. */
export const TRIGGERS = [
  'placed',
  'updated',
  'cancelled',
  'refunded',
  'returned',
  'shipped',
  'out_for_delivery',
  'ready_for_pickup',
  'delivery_failed',
  'promise_moved',
  'promise_passed',
  'delivered',
  'parcel_delivered',
  'rated',
  'rated_low',
  'rated_high',
  'case_closed',
  'run_out',
  'never_arrived',
  'tier_reached',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** Guards keep a step from happening. The last three are asked of the database when the message is due. */
export const GUARDS = [
  'returned',
  'refunded',
  'item_returned',
  'on_its_way',
  'delivered',
  'not_arrived',
  'at_pickup',
  'collected',
  'news',
  'open_case',
  'rated',
  'rated_low',
  'member',
  'reordered',
  'asked_recently',
] as const;
export type Guard = (typeof GUARDS)[number];

/** States of an order that hold a step back for as long as they last. `open_case`: a case of the order is open. */
export const HOLDS = ['open_case'] as const;
export type Hold = (typeof HOLDS)[number];

/** Guards that need the customer's whole history, which only the gate can see. */
export type GateGuard = Extract<Guard, 'member' | 'reordered' | 'asked_recently'>;

export const CASE_KINDS = ['low_rating', 'delivery_failed', 'never_arrived', 'question'] as const;
export type CaseKind = (typeof CASE_KINDS)[number];

/** One message and several channels for it, in order: the next is turned to when nothing was delivered in time. */
export interface Failover {
  readonly channels: readonly Channel[];
  /** How long a message may take to arrive once the provider has it: a duration such as `10m`. */
  readonly after: string;
}

/** Enough for a phone that is on: RCS is delivered within seconds, or not until the phone is online again. */
export const DEFAULT_FAILOVER_AFTER = '10m';

export interface Step {
  readonly id: string;
  readonly act: { readonly send: MessageKind } | { readonly open: CaseKind };
  readonly when: Trigger;
  /** A second trigger that makes the step due at once, if it comes before `when` + `after`. */
  readonly orWhen?: Trigger;
  /** Duration after the trigger, such as `5d`; absent means at once. Negative: before the moment, as for run_out. */
  readonly after?: string;
  readonly unless?: readonly Guard[];
  /** It waits while one of these lasts, and ends if that outlasts its use. */
  readonly holdWhile?: readonly Hold[];
  /** Absent: SMS alone. */
  readonly failover?: Failover;
}

/** The channels of a step's message, in the order they are tried. */
export function channelsOf({ failover }: Pick<Step, 'failover'>): readonly Channel[] {
  return failover?.channels ?? [BASE_CHANNEL];
}

/** A journey as an order follows it: only the steps that can apply to that order. */
export interface Journey {
  readonly name: string;
  readonly version: number;
  readonly steps: readonly Step[];
}

export type Fulfilment = 'shipped' | 'pickup' | 'digital' | 'service';
export const FULFILMENTS: readonly Fulfilment[] = ['shipped', 'pickup', 'digital', 'service'];
/** fast: judged within days (food, cosmetics). long: needs weeks of use before an opinion (machines, mattresses). */
export type Cycle = 'fast' | 'long';
export const CYCLES: readonly Cycle[] = ['fast', 'long'];
export type History = 'new' | 'repeat' | 'loyal';
export const HISTORIES: readonly History[] = ['new', 'repeat', 'loyal'];

/** Traits of an order that never change after it was placed; steps that cannot apply are left out of its journey. */
export interface OrderTraits {
  readonly fulfilment: Fulfilment;
  readonly cycle: Cycle;
  readonly history: History;
  /** The main product has a set-up guide. */
  readonly guide: boolean;
  /** The main product is used up and bought again. */
  readonly consumable: boolean;
  /** The main product has a complementary one to offer. */
  readonly complement: boolean;
  /** The brand tells of the arrival of each parcel, not only of the last one. */
  readonly parcelByParcel: boolean;
}

/** The part of a YAML step that is decided when the order is placed. An absent trait does not matter. */
export interface StepCondition {
  readonly fulfilment?: readonly Fulfilment[] | undefined;
  readonly cycle?: readonly Cycle[] | undefined;
  readonly history?: readonly History[] | undefined;
  readonly guide?: boolean | undefined;
  readonly consumable?: boolean | undefined;
  readonly complement?: boolean | undefined;
  readonly parcel_by_parcel?: boolean | undefined;
}

export interface JourneyDefinition {
  readonly name: string;
  readonly version: number;
  readonly steps: readonly (Step & { readonly for?: StepCondition })[];
}

/** The journey of one order: the steps whose condition its traits meet, conditions removed. */
export function journeyFor(definition: JourneyDefinition, traits: OrderTraits): Journey {
  const steps = definition.steps.flatMap(({ for: condition, ...step }) => (meets(traits, condition) ? [step] : []));
  return { name: definition.name, version: definition.version, steps };
}

function meets(traits: OrderTraits, condition: StepCondition = {}): boolean {
  const oneOf = <T>(allowed: readonly T[] | undefined, value: T): boolean => !allowed || allowed.includes(value);
  const same = (wanted: boolean | undefined, value: boolean): boolean => wanted === undefined || wanted === value;
  return (
    oneOf(condition.fulfilment, traits.fulfilment) &&
    oneOf(condition.cycle, traits.cycle) &&
    oneOf(condition.history, traits.history) &&
    same(condition.guide, traits.guide) &&
    same(condition.consumable, traits.consumable) &&
    same(condition.complement, traits.complement) &&
    same(condition.parcel_by_parcel, traits.parcelByParcel)
  );
}

/** New: the first order. Repeat: the second or third. Loyal: from the fourth on. */
export function historyOf(earlierOrders: number): History {
  if (earlierOrders === 0) return 'new';
  return earlierOrders < LOYAL_FROM ? 'repeat' : 'loyal';
}

/** Earlier orders; more make no difference. */
export const LOYAL_FROM = 3;
