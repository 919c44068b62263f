/**
 * Sending windows: the times of a person's week at which a message may arrive. A window is about the recipient's wall
 * clock, so it is right on days on which the clock changes. If the zone is uncertain, every candidate has to agree.
 */
import { DAY, MINUTE } from './duration.ts';
import { offsetSpans, weekdayOf } from './local-time.ts';

/** Wall clock of the recipient, `from` inclusive and `to` exclusive, within one day; a night is two windows. */
export interface Window {
  /** 1 = Monday ... 7 = Sunday. */
  readonly days: readonly number[];
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`, up to `24:00`. */
  readonly to: string;
}

/** One rule about hours: windows that repeat weekly, and the days that keep others. */
export interface Hours {
  readonly windows: readonly Window[];
  /** Local days without any window, `YYYY-MM-DD`. */
  readonly closed?: ReadonlySet<string>;
  /** Local days that keep the windows of a Sunday, `YYYY-MM-DD`. */
  readonly sundays?: ReadonlySet<string>;
}

/** Milliseconds kept free at the edges of a window. */
export interface GuardBand {
  readonly opening: number;
  readonly closing: number;
}

export interface WindowOptions {
  /** `true`: the standard band of `GUARD_BAND`. Left out or `false`: none. */
  readonly guardBand?: boolean | GuardBand;
}

interface Interval {
  /** Epoch ms, `[start, end)`. */
  readonly start: number;
  readonly end: number;
}

/**
 * Promotions keep this distance from the edges, because carriers delay messages by minutes and US lawsuits are about
 * minutes (architecture, section 10).
 */
export const GUARD_BAND: GuardBand = { opening: 10 * MINUTE, closing: 15 * MINUTE };

/**
 * Deferred messages are spread over the first half hour of a window. If all came at 08:00:00, the sender would be
 * over its rate and look like a robot.
 */
export const SPREAD_OVER = 30 * MINUTE;

/**
 * Days that are searched. Windows repeat every week and no run of holidays is so long, so a time that is not allowed
 * within fifteen days never is.
 */
const HORIZON = 15 * DAY;

/**
 * Whether a message may arrive now, by every rule and on the wall clock of every zone. Without a zone, a rule or a
 * window: false.
 */
export function allowedAt(
  rules: readonly Hours[],
  zones: readonly string[],
  now: number,
  options?: WindowOptions,
): boolean {
  return allowedIntervals(rules, zones, now, now, options).some(({ start, end }) => start <= now && now < end);
}

/**
 * The time until which it may arrive, epoch ms: the end of the allowed period that contains `now`. Undefined: none
 * contains it.
 */
export function allowedUntil(
  rules: readonly Hours[],
  zones: readonly string[],
  now: number,
  options?: WindowOptions,
): number | undefined {
  return allowedIntervals(rules, zones, now, now + HORIZON, options).find(({ start, end }) => start <= now && now < end)
    ?.end;
}

/**
 * `now` when it is allowed, else a moment early in the next common window, the same for the same `spreadKey`; undefined when the
 * rules and zones share no moment of the coming fifteen days.
 */
export function nextAllowed(
  rules: readonly Hours[],
  zones: readonly string[],
  now: number,
  spreadKey: string,
  options?: WindowOptions,
): number | undefined {
  const next = allowedIntervals(rules, zones, now, now + HORIZON, options).find(({ end }) => end > now);
  if (!next || next.start <= now) return next && now;
  return next.start + spread(spreadKey, Math.min(SPREAD_OVER, next.end - next.start));
}

/** `now` where it is allowed, else when the next common window opens, epoch ms; undefined as in `nextAllowed`. */
export function nextOpening(
  rules: readonly Hours[],
  zones: readonly string[],
  now: number,
  options?: WindowOptions,
): number | undefined {
  const next = allowedIntervals(rules, zones, now, now + HORIZON, options).find(({ end }) => end > now);
  return next && Math.max(next.start, now);
}

/** Everything allowed from before `from` on, in order. Starts a day early so that the opening of a window in progress is seen. */
function allowedIntervals(
  rules: readonly Hours[],
  zones: readonly string[],
  from: number,
  to: number,
  options?: WindowOptions,
): Interval[] {
  const band = bandOf(options);
  const each = rules.flatMap((hours) =>
    zones.map((zone) => keepOffEdges(intervalsIn(hours, zone, from - DAY, to), band)),
  );
  return each.length === 0 ? [] : each.reduce(intersect);
}

function bandOf(options: WindowOptions | undefined): GuardBand {
  const band = options?.guardBand ?? false;
  if (typeof band === 'object') return band;
  return band ? GUARD_BAND : { opening: 0, closing: 0 };
}

/** Between two clock changes the wall clock is UTC plus a constant, so gaps and doubled hours need no special case. */
function intervalsIn({ windows, closed, sundays }: Hours, zone: string, from: number, to: number): Interval[] {
  const intervals: Interval[] = [];
  // A day more than asked, so that a closing just past `to` is not mistaken for one at `to`.
  for (const span of offsetSpans(from, to + DAY, zone)) {
    const firstDay = Math.floor((span.from + span.offset) / DAY) * DAY;
    for (let day = firstDay; day < span.to + span.offset; day += DAY) {
      const date = new Date(day).toISOString().slice(0, 10);
      if (closed?.has(date)) continue;
      const weekday = sundays?.has(date) ? 7 : weekdayOf(day);
      for (const window of windows) {
        if (!window.days.includes(weekday)) continue;
        const start = Math.max(span.from, day - span.offset + minutesOf(window.from) * MINUTE);
        const end = Math.min(span.to, day - span.offset + minutesOf(window.to) * MINUTE);
        if (start < end) intervals.push({ start, end });
      }
    }
  }
  return merge(intervals);
}

function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}

/**
 * Joins periods that touch: a window until midnight and one from midnight are one period, so the guard band leaves no
 * gap there.
 */
function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const next of intervals.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && next.start <= last.end)
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, next.end) };
    else merged.push(next);
  }
  return merged;
}

function keepOffEdges(intervals: readonly Interval[], band: GuardBand): Interval[] {
  return intervals
    .map(({ start, end }) => ({ start: start + band.opening, end: end - band.closing }))
    .filter(({ start, end }) => start < end);
}

function intersect(left: readonly Interval[], right: readonly Interval[]): Interval[] {
  return left.flatMap((a) =>
    right
      .map((b) => ({ start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) }))
      .filter(({ start, end }) => start < end),
  );
}

// A moment that is spread: the same contact always gets the same one, and many contacts are spread evenly.
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * An integer in `[0, range)` that depends on nothing but the key. A range below 1 gives 0.
 * 32-bit FNV-1a over UTF-16 units, then murmur3's finaliser: FNV alone leaves neighbouring keys ("c-1", "c-2") close together.
 */
export function spread(key: string, range: number): number {
  if (!(range >= 1)) return 0;
  let hash = FNV_OFFSET;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), FNV_PRIME);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return Math.floor(((hash >>> 0) / 2 ** 32) * Math.floor(range));
}
