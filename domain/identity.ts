/** Tells whether a number belongs to the known person, to a later owner or to an earlier one. */
import { DAY } from './duration.ts';

/** Carriers may give a number to another person after 45 days, mostly after 90 (47 CFR 52.15(f)(1)(ii)). */
export const QUIET_FOR = 90 * DAY;

/** A shop's details of a buyer. A checkout accepts any number, so they prove nothing: they are only used to tell people apart. */
export interface SaidOfBuyer {
  readonly id?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

/** The first and last sign of life of a number, epoch ms: an order, a text from it, a statement about consents. */
export interface SignsOfLife {
  readonly first: number;
  readonly last: number;
}

/** When a number went from one person to the next, and whether an order was placed before or after that. */
export interface Change {
  readonly side: 'after' | 'before';
  /** Epoch ms: 90 days after, or before, the known person's sign of life. */
  readonly at: number;
}

/** The change of owner that an order shows. Undefined: the order was placed within 90 days of a sign of life, so it shows none. */
export function quietBeyond({ first, last }: SignsOfLife, placedAt: number): Change | undefined {
  if (placedAt - last > QUIET_FOR) return { side: 'after', at: last + QUIET_FOR };
  return first - placedAt > QUIET_FOR ? { side: 'before', at: first - QUIET_FOR } : undefined;
}

/**
 * Whether the buyer of an order differs from all buyers known for the number: by customer id and by name, as far as both sides have them.
 * Without anything to compare the buyer counts as the same person.
 */
export function isSomebodyElse(known: readonly SaidOfBuyer[], said: SaidOfBuyer): boolean {
  const ids = known.flatMap(({ id }) => id ?? []);
  const idsDiffer = said.id === undefined || ids.length === 0 ? undefined : !ids.includes(said.id);
  const names = known.map((one) => sameName(one, said)).filter((same) => same !== undefined);
  const namesDiffer = names.length === 0 ? undefined : !names.includes(true);
  return idsDiffer !== false && namesDiffer !== false && (idsDiffer ?? namesDiffer ?? false);
}

/** Whether two names are the same, compared by first and last name as far as both have them. Undefined: there is nothing to compare. */
export function sameName(one: SaidOfBuyer, other: SaidOfBuyer): boolean | undefined {
  const parts = [
    [one.firstName, other.firstName],
    [one.lastName, other.lastName],
  ].flatMap(([a, b]) => (a === undefined || b === undefined ? [] : [folded(a) === folded(b)]));
  return parts.length === 0 ? undefined : parts.every(Boolean);
}

/** Without case, accents, spaces and signs. */
function folded(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();
}
