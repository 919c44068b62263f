/** The fields of the page's form: their values when the page is shown, and when the form comes back. */
import type { Choices } from '../../domain/consent/choices.ts';
import { CHOSEN_TOPICS } from '../../domain/consent/choices.ts';
import { DAY } from '../../domain/time/duration.ts';
import { localTime, nextLocalDayStart, startOfDate, wallClock } from '../../domain/time/local-time.ts';
import type { Channel } from '../../domain/sending/message.ts';
import { CHANNELS } from '../../domain/sending/message.ts';

/** Fields with a mistake. */
export type FieldName = 'topics' | 'channels' | 'perWeek' | 'pausedUntil' | 'zone';

/** The text of each field, as it stands in the form. */
export interface FormFields {
  readonly topics: readonly string[];
  readonly channels: readonly string[];
  /** A number, or empty. */
  readonly perWeek: string;
  /** `YYYY-MM-DD`, or empty. */
  readonly pausedUntil: string;
  /** A zone, or empty. */
  readonly zone: string;
}

/** The longest pause, days. */
const LONGEST_PAUSE = 365;

/** The frequencies that the page offers. */
export const FREQUENCIES = [1, 2] as const;

export function fieldsOf({ topics, channels, mostPerWeek, pausedUntil, zone }: Choices, inZone: string): FormFields {
  return {
    topics,
    channels,
    perWeek: mostPerWeek === undefined ? '' : String(mostPerWeek),
    pausedUntil: pausedUntil === undefined ? '' : dayOf(pausedUntil, inZone),
    zone: zone ?? '',
  };
}

/** The first and the last day that a pause may end on, `YYYY-MM-DD`. */
export function pauseDays(now: number, zone: string): { readonly earliest: string; readonly latest: string } {
  const { year, month, day } = localTime(now, zone);
  const latest = new Date(Date.UTC(year, month - 1, day) + LONGEST_PAUSE * DAY).toISOString().slice(0, 10);
  return { earliest: dayOf(nextLocalDayStart(now, zone), zone), latest };
}

export interface FormContext {
  /** The fields that the form showed. */
  readonly shown: FormFields;
  readonly now: number;
  /** Of the dates. */
  readonly zone: string;
  readonly channels: readonly Channel[];
  readonly knowsZone: (zone: string) => boolean;
}

export type ReadFields =
  | { readonly kind: 'ok'; readonly shown: Choices; readonly sent: Choices }
  | { readonly kind: 'mistakes'; readonly fields: readonly FieldName[] };

/** The choices of a sent form, or the names of all fields with a value that was not offered. */
export function readFields(sent: FormFields, context: FormContext): ReadFields {
  const { shown } = context;
  const mistakes = mistakesIn(sent, context);
  if (mistakes.length > 0) return { kind: 'mistakes', fields: mistakes };
  return { kind: 'ok', shown: choicesIn(shown, context), sent: choicesIn(sent, context) };
}

function mistakesIn(sent: FormFields, { shown, now, zone, channels, knowsZone }: FormContext): FieldName[] {
  const { earliest, latest } = pauseDays(now, zone);
  const pause = sent.pausedUntil;
  const right: Readonly<Record<FieldName, boolean>> = {
    topics: sent.topics.every((topic) => CHOSEN_TOPICS.some((known) => known === topic)),
    channels:
      sent.channels.every((channel) => CHANNELS.some((known) => known === channel)) &&
      channels.some((channel) => sent.channels.includes(channel)),
    perWeek: ['', shown.perWeek, ...FREQUENCIES.map(String)].includes(sent.perWeek),
    pausedUntil: pause === '' || pause === shown.pausedUntil || (isDay(pause) && pause >= earliest && pause <= latest),
    zone: sent.zone === '' || knowsZone(sent.zone),
  };
  return (Object.keys(right) as FieldName[]).filter((name) => !right[name]);
}

function choicesIn({ topics, channels, perWeek, pausedUntil, zone }: FormFields, context: FormContext): Choices {
  return {
    topics: CHOSEN_TOPICS.filter((topic) => topics.includes(topic)),
    channels: CHANNELS.filter((channel) => channels.includes(channel)),
    ...(perWeek !== '' && { mostPerWeek: Number(perWeek) }),
    ...(pausedUntil !== '' && { pausedUntil: startOf(pausedUntil, context.zone) }),
    ...(zone !== '' && { zone }),
  };
}

/** `2026-02-30` is none. */
function isDay(text: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function startOf(day: string, zone: string): number {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return startOfDate({ year, month, day: date }, zone);
}

function dayOf(at: number, zone: string): string {
  return wallClock(at, zone).slice(0, 10);
}
