/** Periods as laws write them, ISO 8601: `P2Y`, `P6M`, `P21D`, `PT24H`. */
import { DAY, HOUR } from './duration.ts';

const PERIOD = /^P(?:(\d{1,3})Y)?(?:(\d{1,3})M)?(?:(\d{1,4})D)?(?:T(\d{1,4})H)?$/;

interface Parts {
  readonly years: number;
  readonly months: number;
  readonly ms: number;
}

/** True for a period longer than nothing: `P` and `P0D` are not. */
export function isPeriod(text: string): boolean {
  const parts = parse(text);
  return parts !== undefined && parts.years + parts.months + parts.ms > 0;
}

/**
 * The end of a period that begins at `at`, epoch ms. Years and months count on the calendar in UTC; from the last day
 * of a month to the last day of a shorter one. Throws RangeError for a text that is not a period.
 */
export function addPeriod(at: number, period: string): number {
  const { years, months, ms } = partsOf(period);
  const start = new Date(at);
  const end = new Date(at);
  end.setUTCMonth(start.getUTCMonth() + 12 * years + months);
  // 31 January plus a month would be 31 February, and the calendar goes on into March: the day is set back.
  if (end.getUTCDate() !== start.getUTCDate()) end.setUTCDate(0);
  return end.getTime() + ms;
}

/** A period of days and hours in ms. Throws RangeError for years and months, whose length depends on when they begin. */
export function periodMs(period: string): number {
  const { years, months, ms } = partsOf(period);
  if (years + months > 0) throw new RangeError(`not a number of days or hours: ${period}`);
  return ms;
}

function partsOf(period: string): Parts {
  const parts = parse(period);
  if (!parts) throw new RangeError(`not a period: ${period}`);
  return parts;
}

function parse(text: string): Parts | undefined {
  const match = PERIOD.exec(text);
  if (!match) return undefined;
  const [years = 0, months = 0, days = 0, hours = 0] = match.slice(1).map((digits) => Number(digits ?? 0));
  return { years, months, ms: days * DAY + hours * HOUR };
}
