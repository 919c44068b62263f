/** Rule packs whose review is due. */
import { DAY } from '../time/duration.ts';
import type { RulePack, RulePacks } from './rule-pack.ts';

/** Packs whose `reviewBy` has passed, epoch ms; they go on being applied. A place that only has its parent's rows is not counted. */
export function packsToReview({ packs }: RulePacks, now: number): readonly RulePack[] {
  return ownPacks({ packs }).filter(({ reviewBy }) => now >= Date.parse(reviewBy) + DAY);
}

/** Packs with rows of their own. */
export function ownPacks({ packs }: Pick<RulePacks, 'packs'>): readonly RulePack[] {
  return Object.values(packs).filter(({ rows }) => rows.length > 0);
}

/** Calendars whose last year ends less than `within` ms after `now`, each with its last day: past it no day is a holiday. */
export function calendarsEnding(
  { calendars }: Pick<RulePacks, 'calendars'>,
  now: number,
  within: number,
): readonly { readonly name: string; readonly lastDay: string }[] {
  return Object.entries(calendars).flatMap(([name, days]) => {
    const year = [...days].reduce((last, day) => (day > last ? day : last), '0000').slice(0, 4);
    const lastDay = `${year}-12-31`;
    return Date.parse(lastDay) + DAY - now < within ? [{ name, lastDay }] : [];
  });
}
