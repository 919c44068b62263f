/**
 * What is known about an order: a lattice, not a sequence. `apply` is commutative and idempotent, so any permutation and
 * duplication of the same events gives the same facts. "First time" is always the smallest moment reported.
 */
import type { CustomerReply, Fact, OrderEvent } from './event.ts';

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

interface Promised {
  /** When the promise was made. */
  readonly at: number;
  readonly promisedAt: number;
}

interface Score {
  readonly at: number;
  readonly score: number;
}

export interface Facts {
  readonly placedAt?: number;
  readonly runsOutAfterDays?: number;
  readonly parcelCount?: number;
  readonly firstPromise?: Promised;
  readonly lastPromise?: Promised;
  readonly cancelledAt?: number;
  readonly returnedAt?: number;
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

/**
 * The facts after one more event. Pure; the order of events does not matter and an event counts once. What became of a message
 * is no fact about the order, and no sign of life either.
 */
export function apply(facts: Facts, event: Fact): Facts {
  if (event.type === 'message_status') return facts;
  return { ...facts, ...changed(facts, event), lastAt: Math.max(facts.lastAt, event.at) };
}

function changed(facts: Facts, event: OrderEvent | CustomerReply): Partial<Facts> {
  switch (event.type) {
    case 'order_placed': {
      const { parcelCount, promisedAt, runsOutAfterDays } = event.placement;
      return {
        placedAt: earliest(facts.placedAt, event.at),
        ...(runsOutAfterDays !== undefined && { runsOutAfterDays: largest(facts.runsOutAfterDays, runsOutAfterDays) }),
        ...withParcelCount(facts, parcelCount),
        ...(promisedAt !== undefined && withPromise(facts, { at: event.at, promisedAt })),
      };
    }
    case 'order_updated':
      return { updates: withMoment(facts.updates, event.id, event.at) };
    case 'order_cancelled':
      return { cancelledAt: earliest(facts.cancelledAt, event.at) };
    case 'refund_issued':
      return { refunds: withMoment(facts.refunds, event.id, event.at) };
    case 'return_received':
      return { returnedAt: earliest(facts.returnedAt, event.at) };
    case 'parcel_shipped':
      return withParcel(facts, event, 'shippedAt');
    case 'parcel_out_for_delivery':
      return withParcel(facts, event, 'outForDeliveryAt');
    case 'parcel_ready_for_pickup':
      return withParcel(facts, event, 'readyForPickupAt');
    case 'parcel_delivery_failed':
      return withParcel(facts, event, 'failedAt');
    case 'parcel_delivered':
      return withParcel(facts, event, 'deliveredAt');
    case 'delivery_promised':
      return withPromise(facts, { at: event.at, promisedAt: event.promisedAt });
    case 'tier_reached':
      return { tiers: withMoment(facts.tiers, event.id, event.at) };
    case 'case_opened':
      return { casesOpened: withMoment(facts.casesOpened, event.case, event.at) };
    case 'case_closed':
      return { casesClosed: withMoment(facts.casesClosed, event.case, event.at) };
    case 'rated':
      return { rating: firstScore(facts.rating, event) };
    case 'nps_given':
      return { nps: firstScore(facts.nps, event) };
  }
}

function earliest(known: number | undefined, at: number): number {
  return known === undefined ? at : Math.min(known, at);
}

function largest(known: number | undefined, value: number): number {
  return known === undefined ? value : Math.max(known, value);
}

/** Ids are the sender's own: one called `constructor` must not find what every object has. */
function own<T>(table: Readonly<Record<string, T>>, id: string): T | undefined {
  return Object.hasOwn(table, id) ? table[id] : undefined;
}

function withMoment(moments: Moments, id: string, at: number): Moments {
  return { ...moments, [id]: earliest(own(moments, id), at) };
}

function withParcel(
  facts: Facts,
  event: { parcel: string; at: number; parcelCount?: number },
  field: ParcelMoment,
): Partial<Facts> {
  const parcel = own(facts.parcels, event.parcel) ?? {};
  return {
    parcels: {
      ...facts.parcels,
      [event.parcel]: {
        ...parcel,
        [field]: earliest(parcel[field], event.at),
        lastScanAt: largest(parcel.lastScanAt, event.at),
      },
    },
    ...withParcelCount(facts, event.parcelCount),
  };
}

function withParcelCount(facts: Facts, count: number | undefined): Partial<Facts> {
  return count === undefined ? {} : { parcelCount: largest(facts.parcelCount, count) };
}

/** Two promises of the same moment: the later date counts as the later promise, whichever arrives first. */
function withPromise(facts: Facts, promise: Promised): Partial<Facts> {
  const before = (a: Promised, b: Promised): boolean => a.at < b.at || (a.at === b.at && a.promisedAt < b.promisedAt);
  const { firstPromise, lastPromise } = facts;
  return {
    firstPromise: !firstPromise || before(promise, firstPromise) ? promise : firstPromise,
    lastPromise: !lastPromise || before(lastPromise, promise) ? promise : lastPromise,
  };
}

/** The first answer counts; of two at the same moment the lower one, so that nobody in trouble is missed. */
function firstScore(known: Score | undefined, given: { at: number; score: number }): Score {
  const next = { at: given.at, score: given.score };
  if (!known) return next;
  if (known.at !== next.at) return known.at < next.at ? known : next;
  return known.score <= next.score ? known : next;
}

/** Parcels to be delivered before the order counts as delivered: what the shop said, at least those we have seen. */
export function expectedParcels(facts: Facts): number {
  return Math.max(facts.parcelCount ?? 1, Object.keys(facts.parcels).length);
}

/** When the last expected parcel arrived, epoch ms, or undefined while one is missing. */
export function deliveredAt(facts: Facts): number | undefined {
  const arrivals = Object.values(facts.parcels).flatMap((parcel) => parcel.deliveredAt ?? []);
  return arrivals.length > 0 && arrivals.length >= expectedParcels(facts) ? Math.max(...arrivals) : undefined;
}

export function hasOpenCase(facts: Facts): boolean {
  return Object.keys(facts.casesOpened).some((id) => !Object.hasOwn(facts.casesClosed, id));
}
