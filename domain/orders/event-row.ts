/** The form of a row of the event table (events.ts): the fields of an event on the wire, those that a run is told, and its traits. */
import type { Receipt } from '../sending/ledger.ts';
import type { SkipReason } from '../sending/reason.ts';
import type { Draft } from './facts-draft.ts';
import type { OrderPart } from './order-part.ts';
import type { Placement } from './placement.ts';

export interface EventHead {
  /** The sender's id of the event, at most 128 characters. The same id is the same event. */
  readonly id: string;
  /** When it happened, epoch ms; not when we heard of it. */
  readonly at: number;
}

/**
 * A field that a shop may send. api/orders/event-schema.ts makes its schema by its kind, api/orders/read-event.ts the stored value. Text,
 * `customer`, `address` and all of a parcel but its id are the person's: they stay in PostgreSQL, and no kind of `TellsKind` takes them.
 */
export type WireField = { readonly optional?: true } & (
  | /** Words: at most so many characters. They are stored, shown in the timeline, and erased with the person. */
    { readonly kind: 'text'; readonly most: number }
  | { readonly kind: 'count'; readonly most: number }
  /** Stored as its id; its details are kept with the parcel. */
  | { readonly kind: 'parcel' }
  /** Pieces of the order. Stored with the number of them, as `part`. */
  | { readonly kind: 'items' }
  /** Stored as `amountMinor`. */
  | { readonly kind: 'amount' }
  | { readonly kind: 'currency' }
  /** A date, or a moment. Stored as epoch ms. */
  | { readonly kind: 'promise' }
  /** Stored with the order and its contact, not with the event. */
  | { readonly kind: 'customer' }
  | { readonly kind: 'address' }
);
export type WireFields = Readonly<Record<string, WireField>>;

/** Kinds of stored fields that a run may be told: ids and numbers, because Temporal histories hold them. */
interface TellsKind {
  readonly id: string;
  /** Epoch ms. */
  readonly moment: number;
  readonly count: number;
  /** Minor units of the order's currency. */
  readonly minor: number;
  readonly score: number;
  readonly part: OrderPart;
  readonly placement: Placement;
  readonly outcome: Exclude<Receipt, 'submitted'>;
}

/** With `?`: the field may be absent. */
export type ToldField = keyof TellsKind | `${keyof TellsKind}?`;
export type ToldFields = Readonly<Record<string, ToldField>>;

export type EventFields<Fields extends ToldFields> = {
  readonly [Name in keyof Fields as Fields[Name] extends keyof TellsKind ? Name : never]: TellsKind[Fields[Name] &
    keyof TellsKind];
} & {
  readonly [
    Name in keyof Fields as Fields[Name] extends keyof TellsKind ? never : Name
  ]?: Fields[Name] extends `${infer Kind extends keyof TellsKind}?` ? TellsKind[Kind] : never;
};

const isId = (stored: unknown): boolean => typeof stored === 'string';
const isNumber = (stored: unknown): boolean => typeof stored === 'number';
const isObject = (stored: unknown): boolean => typeof stored === 'object' && stored !== null;

const IS_STORED: Readonly<Record<keyof TellsKind, (stored: unknown) => boolean>> = {
  id: isId,
  moment: isNumber,
  count: isNumber,
  minor: isNumber,
  score: isNumber,
  part: isObject,
  placement: isObject,
  outcome: isId,
};

/** The told fields of an event as it is stored. Undefined: a field is missing, or is of another kind than this version knows. */
export function readTold(fields: ToldFields, stored: Readonly<Record<string, unknown>>): object | undefined {
  const told: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = stored[name];
    const isOptional = field.endsWith('?');
    if (value === undefined && isOptional) continue;
    if (!IS_STORED[kindOf(field)](value)) return undefined;
    told[name] = value;
  }
  return told;
}

export function kindOf(field: ToldField): keyof TellsKind {
  return field.replace('?', '') as keyof TellsKind;
}

/**
 * A refund or return that was reported before under another id is kept under this type: no run is told of it, and no fact is read from it.
 */
export const REPEATED_TYPES = ['refund_repeated', 'return_repeated'] as const;
export type RepeatedType = (typeof REPEATED_TYPES)[number];

/** Traits by which statements and commands treat a type. Their lists of types are made from them. */
interface EventTraits {
  /**
   * The order is over, for this reason. It moves the gate's version even where no message is seen: one may be planned at this moment. Whether
   * such an event ends the whole order: `ENDED` in db/sending/gate/gate-columns.ts.
   */
  readonly ends?: Extract<SkipReason, 'order_cancelled' | 'order_returned' | 'order_refunded'>;
  /** The order may have been given back as a whole by it. */
  readonly givesBack?: true;
  /** An order at its limit of events still takes some of these: they stop messages or turn them to another number. */
  readonly neverMissed?: true;
  /** Of an order with more events than are read for an answer, these are read before the newest. */
  readonly readFirst?: true;
  /** No plan is made because of it, so no message has to be asked about again. */
  readonly plansNothing?: true;
  /** The details of the contact are read anew. */
  readonly changesContact?: true;
  readonly repeatedAs?: RepeatedType;
}

interface KnownRow<Tells extends ToldFields> extends EventTraits {
  /** The stored fields that the run is told. */
  readonly tells: Tells;
  /**
   * Changes the facts. The result must not depend on the order of events, nor on how often one comes. Absent: the event says nothing about the
   * order itself, and is no sign of life.
   */
  readonly learn?: (draft: Draft, event: EventHead & EventFields<Tells>) => void;
}

interface ReportedRow<Says extends WireFields, Tells extends ToldFields> extends KnownRow<Tells> {
  /** The fields that a shop may send beside `id`, `type` and `occurredAt`. */
  readonly says: Says;
  /** A sentence for the description of the API. */
  readonly about?: string;
}

/** Any row. */
export interface EventRow extends EventTraits {
  readonly says?: WireFields;
  readonly about?: string;
  readonly tells: ToldFields;
  readonly learn?: (draft: Draft, event: never) => void;
}

/** An event that a shop reports. */
export function reported<const Says extends WireFields, const Tells extends ToldFields>(
  row: ReportedRow<Says, Tells>,
): ReportedRow<Says, Tells> {
  return row;
}

/** An event of our own: the order itself, an answer of the customer, a case, a report of the provider. */
export function known<const Tells extends ToldFields>(row: KnownRow<Tells>): KnownRow<Tells> {
  return row;
}
