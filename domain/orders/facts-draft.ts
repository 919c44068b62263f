/** The facts of an order while events are being added, and how the rows of the event table change them. */
import type { Facts, ParcelFacts, ParcelMoment, Promised, RefundPart, ReturnedPart, Score } from './facts.ts';
import type { OrderPart } from './order-part.ts';
import type { Placement } from './placement.ts';

/** A table by id while entries are added. It is copied at the first change, so that the original stays as it was. */
class GrowingTable<T> {
  readonly #known: Readonly<Record<string, T>>;
  /** A Map, because an id can be `__proto__`. */
  #grown: Map<string, T> | undefined;

  constructor(known: Readonly<Record<string, T>>) {
    this.#known = known;
  }

  /** Sets the entry of an id, computed from its present entry. */
  change(id: string, to: (known: T | undefined) => T): void {
    this.#grown ??= new Map(Object.entries(this.#known));
    this.#grown.set(id, to(this.#grown.get(id)));
  }

  get table(): Readonly<Record<string, T>> {
    return this.#grown ? Object.fromEntries(this.#grown) : this.#known;
  }
}

type MomentTable = 'updates' | 'refunds' | 'tiers' | 'casesOpened' | 'casesClosed';
type Once = {
  -readonly [Name in keyof Omit<Facts, MomentTable | 'parcels' | 'returns' | 'refundParts'>]: Facts[Name];
};

/** Facts while events are being added. */
export type Draft = {
  readonly once: Once;
  readonly parcels: GrowingTable<ParcelFacts>;
  readonly returns: GrowingTable<ReturnedPart>;
  readonly refundParts: GrowingTable<RefundPart>;
} & {
  readonly [Name in MomentTable]: GrowingTable<number>;
};

export function draftOf({
  updates,
  refunds,
  tiers,
  parcels,
  casesOpened,
  casesClosed,
  returns = {},
  refundParts = {},
  ...once
}: Facts): Draft {
  return {
    once: { ...once },
    returns: new GrowingTable(returns),
    refundParts: new GrowingTable(refundParts),
    updates: new GrowingTable(updates),
    refunds: new GrowingTable(refunds),
    tiers: new GrowingTable(tiers),
    parcels: new GrowingTable(parcels),
    casesOpened: new GrowingTable(casesOpened),
    casesClosed: new GrowingTable(casesClosed),
  };
}

/** The facts that a draft has come to. */
export function factsIn({ once, updates, refunds, tiers, parcels, casesOpened, casesClosed, ...some }: Draft): Facts {
  return {
    ...once,
    // Tables that most orders do not have stay out of what a run hands on.
    ...(isFilled(some.returns.table) && { returns: some.returns.table }),
    ...(isFilled(some.refundParts.table) && { refundParts: some.refundParts.table }),
    updates: updates.table,
    refunds: refunds.table,
    tiers: tiers.table,
    parcels: parcels.table,
    casesOpened: casesOpened.table,
    casesClosed: casesClosed.table,
  };
}

function isFilled(table: object): boolean {
  return Object.keys(table).length > 0;
}

export function earliest(known: number | undefined, at: number): number {
  return known === undefined ? at : Math.min(known, at);
}

function largest(known: number | undefined, value: number): number {
  return known === undefined ? value : Math.max(known, value);
}

export function learnMoment(draft: Draft, name: MomentTable, id: string, at: number): void {
  draft[name].change(id, (known) => earliest(known, at));
}

export function learnParcel(
  draft: Draft,
  { parcel: id, at, parcelCount }: { parcel: string; at: number; parcelCount?: number },
  field: ParcelMoment,
): void {
  draft.parcels.change(id, (parcel = {}) => ({
    ...parcel,
    [field]: earliest(parcel[field], at),
    lastScanAt: largest(parcel.lastScanAt, at),
  }));
  learnParcelCount(draft, at, parcelCount);
}

export function learnPlacement(draft: Draft, at: number, placement: Placement): void {
  const { parcelCount, promisedAt } = placement;
  draft.once.placedAt = earliest(draft.once.placedAt, at);
  learnTraits(draft.once, placement);
  learnParcelCount(draft, at, parcelCount);
  if (promisedAt !== undefined) learnPromise(draft, { at, promisedAt });
}

/**
 * Takes the values that an order is placed with. An order is placed once, so values that are already known come from
 * a repetition.
 */
function learnTraits(once: Once, { rules, runsOutAfterDays, totalMinor, pieces, mainPieces }: Placement): void {
  if (rules !== undefined) once.rules = rules;
  if (runsOutAfterDays !== undefined) once.runsOutAfterDays = largest(once.runsOutAfterDays, runsOutAfterDays);
  if (totalMinor !== undefined) once.totalMinor = largest(once.totalMinor, totalMinor);
  if (pieces !== undefined) once.pieces = largest(once.pieces, pieces);
  if (mainPieces !== undefined) once.mainPieces = largest(once.mainPieces, mainPieces);
}

/**
 * Of two counts of one moment the larger one counts: an order that waits for one parcel too many reports nothing too
 * early.
 */
export function learnParcelCount({ once }: Draft, at: number, count: number | undefined): void {
  if (count === undefined) return;
  once.parcelCount = largest(once.parcelCount, count);
  const { lastCount: last } = once;
  if (!last || last.at < at || (last.at === at && last.count < count)) once.lastCount = { at, count };
}

export function learnRefundPart(
  { refundParts }: Draft,
  { id, amountMinor, part }: { readonly id: string; readonly amountMinor?: number; readonly part?: OrderPart },
): void {
  if (amountMinor === undefined && !part) return;
  refundParts.change(id, (known = {}) => ({
    ...known,
    ...(amountMinor !== undefined && { amountMinor: largest(known.amountMinor, amountMinor) }),
    ...(part && { pieces: largest(known.pieces, part.pieces), ofMain: largest(known.ofMain, part.ofMain) }),
  }));
}

export function learnReturn({ returns }: Draft, id: string, part: ReturnedPart): void {
  returns.change(id, (known) => ({
    at: earliest(known?.at, part.at),
    pieces: largest(known?.pieces, part.pieces),
    ofMain: largest(known?.ofMain, part.ofMain),
  }));
}

/** Two promises of the same moment: the later date counts as the later promise, whichever arrives first. */
export function learnPromise({ once }: Draft, promise: Promised): void {
  const before = (a: Promised, b: Promised): boolean => a.at < b.at || (a.at === b.at && a.promisedAt < b.promisedAt);
  const { firstPromise, lastPromise } = once;
  if (!firstPromise || before(promise, firstPromise)) once.firstPromise = promise;
  if (!lastPromise || before(lastPromise, promise)) once.lastPromise = promise;
}

export function learnScore({ once }: Draft, name: 'rating' | 'nps', given: Score): void {
  once[name] = firstScore(once[name], given);
}

/** The first answer counts; of two at the same moment the lower one, so that no customer in trouble is missed. */
function firstScore(known: Score | undefined, given: Score): Score {
  const next = { at: given.at, score: given.score };
  if (!known) return next;
  if (known.at !== next.at) return known.at < next.at ? known : next;
  return known.score <= next.score ? known : next;
}
