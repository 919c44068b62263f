/**
 * The known facts of an order, and what follows from them: a lattice, not a sequence. The fold of events (fold.ts) is commutative and
 * idempotent, so any permutation and duplication of the same events gives the same facts. "First time" is always the smallest moment reported.
 */
import { DAY } from '../time/duration.ts';
import type { OrderPart } from './order-part.ts';
import type { Placement } from './placement.ts';

type Moments = Readonly<Record<string, number>>;

export interface ParcelFacts {
  readonly shippedAt?: number;
  readonly outForDeliveryAt?: number;
  readonly readyForPickupAt?: number;
  readonly failedAt?: number;
  readonly deliveredAt?: number;
  /** The latest moment the carrier reported anything: news. */
  readonly lastScanAt?: number;
}

/** The parcel events: each is known by its first time. */
export type ParcelMoment = Exclude<keyof ParcelFacts, 'lastScanAt'>;

export interface Promised {
  /** When the promise was made. */
  readonly at: number;
  readonly promisedAt: number;
}

/** A count of parcels, and the moment of the statement. */
interface Counted {
  readonly at: number;
  readonly count: number;
}

/** The size of a refund, if the shop gives one; empty if it does not. */
export type RefundPart = Partial<OrderPart> & { readonly amountMinor?: number };

/** The return of some items. */
export type ReturnedPart = OrderPart & { readonly at: number };

export interface Score {
  readonly at: number;
  readonly score: number;
}

export interface Facts {
  readonly placedAt?: number;
  /** The rules that the order follows. Absent: those of `Placement.rules` absent. */
  readonly rules?: Placement['rules'];
  readonly totalMinor?: number;
  readonly pieces?: number;
  readonly mainPieces?: number;
  readonly runsOutAfterDays?: number;
  /** The largest count of all statements, which decides for an order without `rules`. */
  readonly parcelCount?: number;
  /** The count of the last statement. */
  readonly lastCount?: Counted;
  readonly firstPromise?: Promised;
  readonly lastPromise?: Promised;
  readonly cancelledAt?: number;
  /** The first return of the whole order. */
  readonly returnedAt?: number;
  /** By event id: returns of some items. Absent: none. */
  readonly returns?: Readonly<Record<string, ReturnedPart>>;
  /** By event id: the size of each refund that has one. Absent: none has. */
  readonly refundParts?: Readonly<Record<string, RefundPart>>;
  /** By event id: each update, refund and tier is a message of its own. */
  readonly updates: Moments;
  readonly refunds: Moments;
  readonly tiers: Moments;
  readonly parcels: Readonly<Record<string, ParcelFacts>>;
  readonly casesOpened: Moments;
  readonly casesClosed: Moments;
  readonly rating?: Score;
  readonly nps?: Score;
  /** The latest moment of any fact: a quiet order ends some time after it. */
  readonly lastAt: number;
}

export const NO_FACTS: Facts = {
  updates: {},
  refunds: {},
  tiers: {},
  parcels: {},
  casesOpened: {},
  casesClosed: {},
  lastAt: 0,
};

/** Parcels to be delivered before the order counts as delivered: what the shop said last, at least those we have seen. */
export function expectedParcels(facts: Facts): number {
  const said = facts.rules === undefined ? facts.parcelCount : facts.lastCount?.count;
  return Math.max(said ?? 1, Object.keys(facts.parcels).length);
}

/** When the last expected parcel arrived, epoch ms, or undefined while one is missing. */
export function deliveredAt(facts: Facts): number | undefined {
  const arrivals = Object.values(facts.parcels).flatMap((parcel) => parcel.deliveredAt ?? []);
  if (arrivals.length === 0 || arrivals.length < expectedParcels(facts)) return undefined;
  return arrivals.reduce((last, at) => Math.max(last, at));
}

export function hasOpenCase(facts: Facts): boolean {
  return Object.keys(facts.casesOpened).some((id) => !Object.hasOwn(facts.casesClosed, id));
}

/**
 * Days after which an order of goods that has not arrived counts as lost: after it was placed, after the promised date, and after the
 * last scan of a parcel that is missing, whichever is latest. A pick-up point keeps a parcel for up to four weeks before it goes back.
 */
const LOST_AFTER = { placed: 30 * DAY, promise: 14 * DAY, scan: 14 * DAY, pickup: 30 * DAY } as const;

/**
 * When an order that has not arrived counts as lost, epoch ms; often in the future. Undefined: the order has arrived,
 * or was not reported itself.
 */
export function neverArrivedAt(facts: Facts): number | undefined {
  const { placedAt, lastPromise, rules = 0 } = facts;
  if (placedAt === undefined || deliveredAt(facts) !== undefined) return undefined;
  const missing = Object.values(facts.parcels).filter((parcel) => parcel.deliveredAt === undefined);
  const scans = missing.map(
    ({ lastScanAt = placedAt, readyForPickupAt }) =>
      lastScanAt + (rules >= 3 && readyForPickupAt !== undefined ? LOST_AFTER.pickup : LOST_AFTER.scan),
  );
  const promised = lastPromise ? lastPromise.promisedAt + LOST_AFTER.promise : placedAt;
  return scans.reduce((latest, at) => Math.max(latest, at), Math.max(placedAt + LOST_AFTER.placed, promised));
}

/** Answers that need a walk over every parcel, refund or case: computed once for all steps and occurrences of a plan. */
export interface FactsSummary {
  readonly deliveredAt: number | undefined;
  /** The whole order was paid back. */
  readonly refunded: boolean;
  /** The whole order came back. */
  readonly returned: boolean;
  /** Every piece of the main product was paid back, or came back. */
  readonly itemReturned: boolean;
  readonly openCase: boolean;
}

export function factsSummaryOf(facts: Facts): FactsSummary {
  return {
    deliveredAt: deliveredAt(facts),
    refunded: isRefunded(facts),
    returned: isReturned(facts),
    itemReturned: facts.mainPieces !== undefined && mainPiecesGone(facts) >= facts.mainPieces,
    openCase: hasOpenCase(facts),
  };
}

/**
 * The whole order was paid back: by a refund that says nothing of its size, by amounts that add up to the total, or by every piece. Where
 * every refund says its amount, the amounts alone decide: 1 EUR of 50 back may name the only item. Before version 3 of the rules the pieces
 * counted beside amounts; an order without `rules` takes any refund for one of the whole.
 */
export function isRefunded({ rules, refunds, refundParts = {}, totalMinor, pieces }: Facts): boolean {
  const ids = Object.keys(refunds);
  if (ids.length === 0) return false;
  if (rules === undefined || ids.some((id) => !Object.hasOwn(refundParts, id))) return true;
  const parts = Object.values(refundParts);
  const amounts = parts.flatMap(({ amountMinor }) => amountMinor ?? []);
  const isPaidBack = totalMinor !== undefined && amounts.length > 0 && sum(amounts) >= totalMinor;
  const areAmountsKnown = rules >= 3 && totalMinor !== undefined && amounts.length === parts.length;
  return isPaidBack || (!areAmountsKnown && isWhole(parts, pieces));
}

/**
 * True if the whole order came back, at once or piece by piece. If its pieces are unknown, any return counts as one
 * of the whole order.
 */
export function isReturned({ returnedAt, returns = {}, pieces }: Facts): boolean {
  const parts = Object.values(returns);
  return returnedAt !== undefined || (parts.length > 0 && (pieces === undefined || isWhole(parts, pieces)));
}

function isWhole(parts: readonly RefundPart[], pieces: number | undefined): boolean {
  return pieces !== undefined && sum(parts.map((part) => part.pieces ?? 0)) >= pieces;
}

/** Pieces of the main product that the customer no longer has. A return and the refund that follows it are about the same pieces. */
export function mainPiecesGone({ refundParts = {}, returns = {} }: Facts): number {
  const [refunded, returned] = [refundParts, returns].map((parts: Readonly<Record<string, RefundPart>>) =>
    sum(Object.values(parts).map(({ ofMain = 0 }) => ofMain)),
  );
  return Math.max(refunded ?? 0, returned ?? 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
