/** Tells whether a number belongs to the known person, to a later owner or to an earlier one. */
import { DAY } from '../time/duration.ts';

/** Carriers may give a number to another person after 45 days, mostly after 90 (47 CFR 52.15(f)(1)(ii)). */
export const QUIET_FOR = 90 * DAY;

/** A shop's details of a buyer. A checkout accepts any number, so they prove nothing: they are only used to tell people apart. */
export interface SaidOfBuyer {
  readonly id?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

/** A contact that has, or had, the number. */
export interface Holder {
  readonly contact: string;
  /** True if no other contact has got the number since. */
  readonly current: boolean;
  /**
   * Its last sign of life before a moment, and its first one after it, epoch ms: an order, a text from the number, or
   * a statement about consents. Neither: only the number is known.
   */
  readonly before?: number;
  readonly after?: number;
}

/** `unknown`: the two sides have nothing that can be compared. */
export type Likeness = 'same' | 'other' | 'unknown';

/** The holders with the nearest sign of life on either side of an order. It may be one holder twice. */
export interface Beside {
  readonly before?: Holder;
  readonly after?: Holder;
}

export function besideOf(holders: readonly Holder[], placedAt: number): Beside {
  const nearest = (side: 'before' | 'after') => {
    const away = (one: Holder) => Math.abs(placedAt - (one[side] ?? 0));
    return holders.filter((one) => one[side] !== undefined).toSorted((a, b) => away(a) - away(b))[0];
  };
  const after = nearest('after');
  const past = nearest('before');
  // An order after all signs of life belongs to the present holder, even if the holder has no sign of life, as after
  // an import.
  const before = after || isNear(past?.before, placedAt) ? past : holders.find(({ current }) => current);
  return { ...(before && { before }), ...(after && { after }) };
}

function isNear(sign: number | undefined, placedAt: number): boolean {
  return sign !== undefined && Math.abs(placedAt - sign) <= QUIET_FOR;
}

export type Owner =
  | { readonly kind: 'known'; readonly contact: string }
  /**
   * `retiredAt`: the moment from which the number is known to belong to another person, epoch ms. Undefined: the
   * contact has it now.
   */
  | { readonly kind: 'new'; readonly retiredAt?: number };

/** A contact that held the number between two signs of life of another person: no moment is certain to be theirs. */
export const NEVER = 0;

/**
 * The owner of an order. An order never changes its owner, so the answer must stay right when later data arrives.
 * Within 90 days of a holder's sign of life, the order belongs to that holder. An order after all others belongs to
 * the present holder, unless the buyer is known to be another person. An older order joins a later holder only if the
 * buyer is known to be the same person; of two holders, only the one that matches. In doubt the order gets a contact
 * of its own without the number, so that an earlier owner's order is never shown to a later one.
 */
export function ownerOf(
  holders: readonly Holder[],
  { before, after }: Beside,
  like: { readonly before?: Likeness; readonly after?: Likeness },
  placedAt: number,
): Owner {
  const isBefore = isNear(before?.before, placedAt);
  const isAfter = isNear(after?.after, placedAt);
  const isInside = holders.some((one) => one.before !== undefined && one.after !== undefined);
  const apart = {
    kind: 'new',
    ...(after && { retiredAt: isInside ? NEVER : (after.after ?? 0) - QUIET_FOR }),
  } as const;
  if (before && (!after || after.contact === before.contact)) {
    const joins = before.before === undefined || isBefore || isAfter || like.before !== 'other';
    return joins ? { kind: 'known', contact: before.contact } : apart;
  }
  const alike = (side: 'before' | 'after') =>
    like[side] === 'same' && like[side === 'before' ? 'after' : 'before'] !== 'same';
  const takesAfter = isAfter ? !isBefore || alike('after') : !isBefore && alike('after');
  if (after && takesAfter) return { kind: 'known', contact: after.contact };
  return before && (isBefore || alike('before')) ? { kind: 'known', contact: before.contact } : apart;
}

/**
 * Compares the buyer of an order with all known buyers of a contact: by customer id and by name, if both sides have
 * them.
 */
export function likeness(known: readonly SaidOfBuyer[], said: SaidOfBuyer): Likeness {
  const ids = known.flatMap(({ id }) => id ?? []);
  const sameId = said.id === undefined || ids.length === 0 ? undefined : ids.includes(said.id);
  const names = known.map((one) => sameName(one, said)).filter((same) => same !== undefined);
  const named = names.length === 0 ? undefined : names.includes(true);
  if (sameId === true || named === true) return 'same';
  return sameId === undefined && named === undefined ? 'unknown' : 'other';
}

/**
 * Whether two names are the same, by first and last name if both sides have them; a dash or a dot is no name.
 * Undefined: they have nothing to compare.
 */
export function sameName(one: SaidOfBuyer, other: SaidOfBuyer): boolean | undefined {
  const parts = [
    [one.firstName, other.firstName],
    [one.lastName, other.lastName],
  ]
    .map(([a = '', b = '']) => [folded(a), folded(b)])
    .flatMap(([a, b]) => (a === '' || b === '' ? [] : [a === b]));
  return parts.length === 0 ? undefined : parts.every(Boolean);
}

/** Without case, accents, spaces and signs. */
function folded(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();
}

/** The number that a link belongs to, in the form the link carries. */
export interface LinkOwner {
  /** 8 random bytes: `addresses.link_id`. */
  readonly id: Buffer;
  /** A link of an earlier epoch opens nothing: `addresses.link_epoch`. */
  readonly epoch: number;
}
