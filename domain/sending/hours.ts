/** The hours that a message keeps: those of every jurisdiction that may apply, on weekdays and holidays. */
import type { AppliedRules } from '../rules/applied-rules.ts';
import { applyRules, rowsOfKind } from '../rules/applied-rules.ts';
import type { RulePacks } from '../rules/rule-pack.ts';
import type { Hours } from '../time/windows.ts';

export interface HoursRule {
  /** The row's id. */
  readonly rule: string;
  readonly hours: Hours;
}

const ALWAYS: Hours['windows'] = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];

/**
 * One entry per row, all of which have to allow a moment. Holidays that are closed are a rule of their own; on those that keep the hours
 * of a Sunday every row keeps its own. `nightConsent`: the person has agreed to be written to at night as well.
 */
export function hoursOf(
  applied: AppliedRules,
  calendars: RulePacks['calendars'],
  nightConsent: boolean,
): readonly HoursRule[] {
  const holidays = rowsOfKind(applied, 'holidays');
  const daysOf = (calendar: string): ReadonlySet<string> => calendars[calendar] ?? new Set();
  const sundays = new Set(
    holidays.filter(({ rule }) => rule.mode === 'as_sunday').flatMap(({ rule }) => [...daysOf(rule.calendar)]),
  );
  const weekly = rowsOfKind(applied, 'hours').filter(
    ({ rule }) => !(nightConsent && rule.liftedBy === 'night_consent'),
  );
  return [
    ...weekly.map(({ id, rule }) => ({ rule: id, hours: { windows: rule.windows, sundays } })),
    ...holidays
      .filter(({ rule }) => rule.mode === 'closed')
      .map(({ id, rule }) => ({ rule: id, hours: { windows: ALWAYS, closed: daysOf(rule.calendar) } })),
  ];
}

/** The hours of what sells in a country, without regard to consents to the night. `now`: epoch ms. */
export function sellingHours(packs: RulePacks, country: string, now: number): readonly Hours[] {
  return hoursOf(applyRules(packs, [country], 'promotional', now), packs.calendars, false).map(({ hours }) => hours);
}
