/** A journey is a list of steps: "when X, after Y, unless Z, send message kind K". Compiled from YAML, carried by the workflow. */
import type { Channel, MessageKind } from '../sending/message.ts';
import { BASE_CHANNEL } from '../sending/message.ts';
import type { Trigger } from './trigger.ts';
import type { StepWords } from './words.ts';

export const CASE_KINDS = ['low_rating', 'delivery_failed', 'never_arrived', 'question'] as const;
export type CaseKind = (typeof CASE_KINDS)[number];

export interface Step extends StepWords {
  readonly id: string;
  readonly act: { readonly send: MessageKind } | { readonly open: CaseKind };
  readonly when: Trigger;
}

/** The channels of a step's message, in the order they are tried. */
export function channelsOf({ channels }: Pick<Step, 'channels'>): readonly Channel[] {
  return channels ?? [BASE_CHANNEL];
}

/** A journey as an order follows it: only the steps that can apply to that order. */
export interface Journey {
  readonly name: string;
  readonly version: number;
  readonly steps: readonly Step[];
}

export type Fulfilment = 'shipped' | 'pickup' | 'digital' | 'service';
export const FULFILMENTS = ['shipped', 'pickup', 'digital', 'service'] as const satisfies readonly Fulfilment[];
/** fast: judged within days (food, cosmetics). long: needs weeks of use before an opinion (machines, mattresses). */
export type Cycle = 'fast' | 'long';
export const CYCLES = ['fast', 'long'] as const satisfies readonly Cycle[];
export type CustomerHistory = 'new' | 'repeat' | 'loyal';
export const HISTORIES = ['new', 'repeat', 'loyal'] as const satisfies readonly CustomerHistory[];

/** Traits of an order that never change after it was placed; steps that cannot apply are left out of its journey. */
export interface OrderTraits {
  readonly fulfilment: Fulfilment;
  readonly cycle: Cycle;
  readonly history: CustomerHistory;
  /** The main product has a set-up guide. */
  readonly guide: boolean;
  /** The main product is used up and bought again. */
  readonly consumable: boolean;
  /** The main product has a complementary one to offer. */
  readonly complement: boolean;
  /** The brand tells of the arrival of each parcel, not only of the last one. */
  readonly parcelByParcel: boolean;
}

/**
 * A trait that `for` asks about. `names`: the values of a trait that is not yes or no; a step lists the values that
 * it is meant for.
 */
interface TraitRow {
  readonly trait: keyof OrderTraits;
  readonly names?: readonly [string, ...string[]];
}

/** The words of `for`, by their key in the YAML file. A new trait is a row here and its value in commands/orders/place-order.ts. */
export const CONDITIONS = {
  fulfilment: { trait: 'fulfilment', names: FULFILMENTS },
  cycle: { trait: 'cycle', names: CYCLES },
  history: { trait: 'history', names: HISTORIES },
  guide: { trait: 'guide' },
  consumable: { trait: 'consumable' },
  complement: { trait: 'complement' },
  parcel_by_parcel: { trait: 'parcelByParcel' },
} as const satisfies Record<string, TraitRow>;

type Rows = typeof CONDITIONS;
type Asked<Row extends TraitRow> = OrderTraits[Row['trait']] extends boolean
  ? boolean
  : readonly OrderTraits[Row['trait']][];

/** The part of a YAML step that is decided when the order is placed. An absent trait does not matter. */
export type StepCondition = { readonly [Key in keyof Rows]?: Asked<Rows[Key]> | undefined };

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
  return Object.entries(CONDITIONS).every(([key, { trait }]) => {
    const asked = condition[key as keyof StepCondition];
    if (asked === undefined) return true;
    return typeof asked === 'boolean' ? asked === traits[trait] : asked.some((one) => one === traits[trait]);
  });
}

/** New: the first order. Repeat: the second or third. Loyal: from the fourth on. */
export function historyOf(earlierOrders: number): CustomerHistory {
  if (earlierOrders === 0) return 'new';
  return earlierOrders < LOYAL_FROM ? 'repeat' : 'loyal';
}

/** Earlier orders; more make no difference. */
export const LOYAL_FROM = 3;
