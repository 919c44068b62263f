/**
 * The hours that a message keeps: those of every jurisdiction that may apply, on weekdays and holidays. They say whether it may arrive now,
 * until when, and from when on.
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

/** A stretch of time in which a message may be sent, epoch ms: not from `before` on, but from `again` on. */
export interface SendWindow {
  readonly before: number;
  /** Absent: not within the coming fifteen days. */
  readonly again?: number;
}

/** The window that `now` lies in. Undefined: the message keeps no hours, or this is none of them. */
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
  /** The row that closes it. */
  readonly rule: string;
  /**
   * When all of them are open next, epoch ms: the moment, and one soon after it that is this person's. Absent: not within the coming
   * fifteen days.
   */
  readonly next?: { readonly opensAt: number; readonly spreadTo: number };
}

/** The first rule that is against this hour. Undefined: the message keeps no hours, or all are open. */
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

/** Courtesy hours are of the place the parcel goes to; the law's are of every place the person may be in. */
function clocksFor({ class: messageClass, zones, allZones, guardBand = true }: SendFacts): {
  zones: readonly string[];
  options: WindowOptions;
} {
  const sells = isCapped(messageClass);
  return { zones: sells ? allZones : zones, options: messageClass === 'promotional' ? { guardBand } : {} };
}
