/**
 * The hours in which a message may arrive: those of every jurisdiction that may apply, on weekdays and holidays. The
 * functions say whether it may arrive now, until when, and from when.
 */
import type { AppliedRules } from '../../rules/applied-rules.ts';
import { applyRules, rowsOfKind } from '../../rules/applied-rules.ts';
import type { RulePacks } from '../../rules/rule-pack.ts';
import type { Hours, WindowOptions } from '../../time/windows.ts';
import { isCapped } from './caps.ts';
import { nightConsentStands } from '../../consent/consent-rules.ts';
import { kindRule } from '../message.ts';
import type { SendFacts } from './gate.ts';
import { isReplying } from './gate.ts';
import { allowedAt, allowedUntil, nextAllowed, nextOpening } from '../../time/windows.ts';

export interface HoursRule {
  /** The row's id. */
  readonly rule: string;
  readonly hours: Hours;
}

const ALWAYS: Hours['windows'] = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00' }];

/**
 * One entry per row; all of them have to allow a moment. Closed holidays are a rule of their own. On holidays with
 * the hours of a Sunday, each row uses its own hours. `nightConsent`: the person has consented to messages at night
 * as well.
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

/** The hours of promotions in a country, without consents to messages at night. `now`: epoch ms. */
export function sellingHours(packs: RulePacks, country: string, now: number): readonly Hours[] {
  return hoursOf(applyRules(packs, [country], 'promotional', now), packs.calendars, false).map(({ hours }) => hours);
}

/** A period in which a message may be sent, epoch ms: it ends at `before`, and the next one begins at `again`. */
export interface SendWindow {
  readonly before: number;
  /** Absent: not within the coming fifteen days. */
  readonly again?: number;
}

/**
 * The window that contains `now`. Undefined: the message has no hours to keep, or none of its windows contains `now`.
 */
export function windowOf(facts: SendFacts): SendWindow | undefined {
  const { now, spreadKey } = facts;
  const hours = hoursFor(facts).map((rule) => rule.hours);
  if (hours.length === 0 || isReplying(facts)) return undefined;
  const { zones, options } = clocksFor(facts);
  const before = allowedUntil(hours, zones, now, options);
  if (before === undefined) return undefined;
  const again = nextAllowed(hours, zones, before, spreadKey, options);
  return { before, ...(again !== undefined && { again }) };
}

export interface Closed {
  /** The row that closes the window. */
  readonly rule: string;
  /**
   * The next moment at which all rows are open, and a moment soon after it that is this person's own, epoch ms.
   * Absent: there is none in the coming fifteen days.
   */
  readonly next?: { readonly opensAt: number; readonly spreadTo: number };
}

/** The first rule that forbids this hour. Undefined: the message has no hours to keep, or all are open. */
export function closedNow(facts: SendFacts): Closed | undefined {
  const { now, spreadKey } = facts;
  const { zones, options } = clocksFor(facts);
  if (zones.length === 0) return undefined;
  const rules = hoursFor(facts);
  const closed = rules.find(({ hours }) => !allowedAt([hours], zones, now, options));
  if (!closed) return undefined;
  const all = rules.map(({ hours }) => hours);
  const opensAt = nextOpening(all, zones, now, options);
  const spreadTo = nextAllowed(all, zones, now, spreadKey, options);
  return { rule: closed.rule, ...(opensAt !== undefined && spreadTo !== undefined && { next: { opensAt, spreadTo } }) };
}

function hoursFor({ kind, class: messageClass, consents, rules, calendars, now }: SendFacts): readonly HoursRule[] {
  if (kindRule(kind).hours === 'any' && !isCapped(messageClass)) return [];
  const night = messageClass !== 'compliance' && nightConsentStands(messageClass, consents, rules, now);
  return hoursOf(rules, calendars, night);
}

/**
 * Courtesy hours are those of the place of delivery. The hours of the law are those of every place where the person
 * may be.
 */
function clocksFor({ class: messageClass, zones, allZones, guardBand = true }: SendFacts): {
  zones: readonly string[];
  options: WindowOptions;
} {
  const sells = isCapped(messageClass);
  return { zones: sells ? allZones : zones, options: messageClass === 'promotional' ? { guardBand } : {} };
}
