/** Time zones and dates in the language of the page. */
import { languageTag, TERMS } from '../../locales/load.ts';
import type { Locale } from '../../domain/sending/message.ts';
import type { Person } from '../../db/consent/person.ts';
import type { ZoneData } from '../../domain/place/zones.ts';

/**
 * The platform takes about 0.4 ms for a name. A page has 418 names, and making them at each view would hold up all
 * other requests.
 */
const named = new Map<string, string>();

/**
 * `Italia – Ora dell’Europa centrale`, `New York – Ora orientale USA`: the country where the zone is the country's main one, else the city.
 * `now`: epoch ms; a place may change to another time in some year, which the name shows from the next start on.
 */
export function zoneName(zone: string, locale: Locale, now: number): string {
  const key = `${locale} ${zone}`;
  const known = named.get(key);
  if (known !== undefined) return known;
  const tag = languageTag(locale);
  const place = placeName(zone, locale, now);
  const time = timeName(zone, tag, 'longGeneric', now);
  const name = time === undefined || time.includes(place) ? place : `${place} – ${time}`;
  named.set(key, name);
  return name;
}

function placeName(zone: string, locale: Locale, now: number): string {
  return (
    TERMS[locale].cities[zone] ??
    placeIn(zone, languageTag(locale), now) ??
    countryName(zone, locale, now) ??
    city(zone)
  );
}

/** The city is IANA's, in English. */
function city(zone: string): string {
  return zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone;
}

/**
 * The platform writes `Ora India`, `인도 시간`, `India Time`, but `CET` where the language has an abbreviation, which
 * names no place. The name of India shows which part of such a name is the place.
 */
function placeIn(zone: string, tag: string, now: number): string | undefined {
  const name = timeName(zone, tag, 'shortGeneric', now);
  const india = regionNames(tag).of('IN') ?? '';
  const [before = '', after = ''] = timeName('Asia/Kolkata', tag, 'shortGeneric', now)?.split(india) ?? [];
  const isPlace = name?.startsWith(before) && name.endsWith(after) && `${before}${after}` !== '';
  return isPlace ? name?.slice(before.length, name.length - after.length) : undefined;
}

/** The country of which the zone is the main one, by its name in English, which has fewer abbreviations. */
function countryName(zone: string, locale: Locale, now: number): string | undefined {
  const english = placeIn(zone, 'en-US', now);
  const code = english === undefined ? undefined : codesByEnglishName().get(english);
  return code === undefined ? undefined : regionNames(languageTag(locale)).of(code);
}

function timeName(zone: string, tag: string, style: 'longGeneric' | 'shortGeneric', now: number): string | undefined {
  const parts = new Intl.DateTimeFormat(tag, { timeZone: zone, timeZoneName: style }).formatToParts(now);
  return parts.find(({ type }) => type === 'timeZoneName')?.value;
}

function regionNames(tag: string): Intl.DisplayNames {
  return new Intl.DisplayNames(tag, { type: 'region' });
}

let codes: ReadonlyMap<string, string> | undefined;

function codesByEnglishName(): ReadonlyMap<string, string> {
  const english = new Intl.DisplayNames('en-US', { type: 'region', fallback: 'none' });
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');
  codes ??= new Map(
    letters.flatMap((one) =>
      letters.flatMap((other) => {
        const name = english.of(one + other);
        return name === undefined ? [] : [[name, one + other] as const];
      }),
    ),
  );
  return codes;
}

/** Dates are written as in the person's country: 5 March in Leeds, March 5 in Boston. */
export interface Reader {
  readonly locale: Locale;
  readonly person: Pick<Person, 'country' | 'address'>;
}

/** A calendar day, `YYYY-MM-DD`. */
export function longDate(day: string, reader: Reader): string {
  return new Intl.DateTimeFormat(tagOf(reader), { dateStyle: 'long', timeZone: 'UTC' }).format(Date.parse(day));
}

/** `at`: epoch ms. */
export function longMoment(at: number, zone: string, reader: Reader): string {
  const options = { dateStyle: 'long', timeStyle: 'short', timeZone: zone } as const;
  return new Intl.DateTimeFormat(tagOf(reader), options).format(at);
}

function tagOf({ locale, person }: Reader): string {
  return languageTag(locale, person.country ?? person.address.country);
}

/** The time zones that the page offers. */
export interface ZoneChoices {
  readonly country: readonly string[];
  readonly elsewhere: readonly string[];
}

/**
 * One current name of each zone: first those of a country, then all others. `own`: the zone that the form shows. It
 * keeps its stored name, even an old one: a form that could not show it would save no zone.
 */
export function zoneChoices({ countries, canonical }: ZoneData, country: string, own: string): ZoneChoices {
  const home = Object.hasOwn(countries, country) ? countries[country] : undefined;
  const near = new Set([...(home?.zones ?? []), ...Object.values(home?.regions ?? {}).flat()]);
  const chosen = Object.hasOwn(canonical, own) ? canonical[own] : undefined;
  const far = [...new Set(Object.values(canonical))].filter(
    (zone) => !near.has(zone) && (zone === chosen || (zone.includes('/') && !zone.startsWith('Etc/'))),
  );
  const shown = (zone: string): string => (zone === chosen ? own : zone);
  return { country: [...near].map(shown), elsewhere: far.map(shown) };
}
