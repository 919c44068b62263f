/** The name of a time zone in the language of the page. */
import type { Locale } from '../../domain/sending/message.ts';

/** The platform takes about 0.4 ms for a name: all 418 of a page, anew at each view, would hold up every other request. */
const named = new Map<string, string>();

/**
 * `Rome – Ora dell’Europa centrale`. The city is IANA's, in English: the platform has no others. `now`: epoch ms; a place may change to
 * another time in some year, which the name shows from the next start on.
 */
export function zoneName(zone: string, locale: Locale, now: number): string {
  const key = `${locale} ${zone}`;
  const known = named.get(key);
  if (known !== undefined) return known;
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'longGeneric' }).formatToParts(now);
  const time = parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
  const name = `${zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone} – ${time}`;
  named.set(key, name);
  return name;
}
