/** Wall clocks as the platform sees them, apart from the code under test, and the moments at which they are most likely wrong. */
import type { LocalTime } from '../../domain/local-time.ts';

const HOUR = 3_600_000;

export const ZONES: readonly string[] = Intl.supportedValuesOf('timeZone');

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const formats = new Map<string, Intl.DateTimeFormat>();

export function wallClock(at: number, zone: string): LocalTime {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  return {
    year: Number(parts['year']),
    month: Number(parts['month']),
    day: Number(parts['day']),
    weekday: WEEKDAYS.indexOf(parts['weekday'] ?? '') + 1,
    hour: Number(parts['hour']),
    minute: Number(parts['minute']),
  };
}

export function minuteOfDay(at: number, zone: string): number {
  const { hour, minute } = wallClock(at, zone);
  return hour * 60 + minute;
}

export interface ZoneMoment {
  readonly zone: string;
  readonly at: number;
}

let found: readonly ZoneMoment[] | undefined;

/** Of every zone: moments around each clock change of 2026, or around two ordinary days where there is none. */
export function aroundChanges(): readonly ZoneMoment[] {
  found ??= ZONES.flatMap((zone) => {
    const changes = changesOf2026(zone);
    const centres = changes.length > 0 ? changes : [Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1)];
    return centres.flatMap((centre) =>
      [-26, -9, -1, 0, 1, 9, 26].map((hours) => ({ zone, at: centre + hours * HOUR })),
    );
  });
  return found;
}

function changesOf2026(zone: string): number[] {
  const ahead = (at: number): number => {
    const { year, month, day, hour, minute } = wallClock(at, zone);
    return Date.UTC(year, month - 1, day, hour, minute) - at;
  };
  const changes: number[] = [];
  for (let week = Date.UTC(2026, 0, 1); week < Date.UTC(2027, 0, 1); week += 168 * HOUR) {
    let [low, high] = [week, week + 168 * HOUR];
    if (ahead(low) === ahead(high)) continue;
    const old = ahead(low);
    while (high - low > 60_000) {
      const middle = Math.floor((low + high) / 120_000) * 60_000;
      if (ahead(middle) === old) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}
