/** An open case holds messages that ask or sell. They are sent after the last case was closed, and not at once. */
import { DAY } from '../../time/duration.ts';
import type { Facts } from '../../orders/facts.ts';

/** Cases that a limit opens, for an operator. */
export const LIMIT_CASES = ['number_limit', 'spend_limit'] as const;

/**
 * Cases that hold none of the customer's messages. The spending limit is the brand's, and its case names the customer whose message came
 * first past it. A case `number_limit` does hold: strangers may order with that number, and its owner is not to get promotions as well.
 */
export const HOLDS_NOTHING: readonly string[] = ['spend_limit'];

/**
 * No held message is sent for this long after the last case was closed, ms, so that the agent's last answer is a day
 * old. Without it the invitation to the loyalty programme came in the minute in which a complaint was closed.
 */
export const CALM_AFTER_CASE = DAY;

/**
 * For this long after a case was closed, held messages keep a day from each other, ms. Otherwise those of a week
 * would come within an hour.
 */
export const AFTER_CASE = 7 * DAY;

/**
 * The end of the calm after the last case was closed, for a message that is useful until `usefulUntil`. All epoch ms.
 * If the message is useful for less than two days more, the calm takes half of that time.
 */
export function calmUntil(closedAt: number, usefulUntil: number): number {
  return closedAt + Math.min(CALM_AFTER_CASE, Math.floor(Math.max(0, usefulUntil - closedAt) / 2));
}

export interface CaseHold {
  /** Numbers of the cases that are open. */
  readonly open: readonly string[];
  /** When the last case was closed, epoch ms. Absent: none was. */
  readonly closedAt?: number;
}

export function caseHold({ casesOpened, casesClosed }: Facts): CaseHold {
  const open = Object.keys(casesOpened).filter((id) => !Object.hasOwn(casesClosed, id));
  const closed = Object.values(casesClosed);
  if (closed.length === 0) return { open: open.toSorted(byNumber) };
  return { open: open.toSorted(byNumber), closedAt: closed.reduce((last, at) => Math.max(last, at)) };
}

/** Numbers of the cases whose hold fell into a period, epoch ms. */
export function casesBetween({ casesOpened, casesClosed }: Facts, from: number, until: number): readonly string[] {
  return Object.entries(casesOpened)
    .filter(([id, at]) => at <= until && (casesClosed[id] ?? Infinity) + CALM_AFTER_CASE >= from)
    .map(([id]) => id)
    .toSorted(byNumber);
}

function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/**
 * The rule of a message that a case held for longer than the message was useful: `journey.held_by_case.7`. It names
 * at most two cases.
 */
export function heldByCases(cases: readonly string[]): string {
  return `${HELD_BY}${cases.slice(0, 2).join('+')}`;
}

/** The cases that such a rule names; undefined for any other rule. */
export function casesOfRule(rule: string): readonly string[] | undefined {
  return rule.startsWith(HELD_BY) ? rule.slice(HELD_BY.length).split('+') : undefined;
}

const HELD_BY = 'journey.held_by_case.';
