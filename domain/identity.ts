/** Who holds a number: the person it is known by, or somebody else who got it later, or had it before. */
import { DAY } from './duration.ts';

/** Carriers give a number to another person after this long at the earliest (47 CFR 52.15(f)(1)(ii): 45 days, mostly 90). */
export const QUIET_FOR = 90 * DAY;

/** What a shop says of a buyer. It says so of whoever has typed the number, so it proves nothing: it only tells people apart. */
export interface SaidOfBuyer {
  readonly id?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

/** The first and last sign of life on a number, epoch ms: an order, a text from it, something its person said about consents. */
export interface SignsOfLife {
  readonly first: number;
  readonly last: number;
}

/** When a number went from one person to the next, and on which side of it an order stands. */
export interface Change {
  readonly side: 'after' | 'before';
  /** Epoch ms: 90 days from the known person's sign of life. */
  readonly at: number;
}

/** Undefined: the order comes within 90 days of what is known, and tells nothing new. */
export function quietBeyond({ first, last }: SignsOfLife, placedAt: number): Change | undefined {
  if (placedAt - last > QUIET_FOR) return { side: 'after', at: last + QUIET_FOR };
  return first - placedAt > QUIET_FOR ? { side: 'before', at: first - QUIET_FOR } : undefined;
}

/**
 * Whether what an order says differs from all that a number is known by: of the customer's id and the name, each that both sides tell.
 * With nothing to compare nobody is told apart.
 */
export function isSomebodyElse(known: readonly SaidOfBuyer[], said: SaidOfBuyer): boolean {
  const ids = known.flatMap(({ id }) => id ?? []);
  const idsDiffer = said.id === undefined || ids.length === 0 ? undefined : !ids.includes(said.id);
  const names = known.map((one) => sameName(one, said)).filter((same) => same !== undefined);
  const namesDiffer = names.length === 0 ? undefined : !names.includes(true);
  return idsDiffer !== false && namesDiffer !== false && (idsDiffer ?? namesDiffer ?? false);
}

/** Whether two names are one, as far as both have a first or a last name. Undefined: there is nothing to compare. */
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
