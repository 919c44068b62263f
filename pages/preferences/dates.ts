/** Dates in the language of the page, as they are written in the person's country: 5 March in Leeds, March 5 in Boston. */
import type { Person } from '../../db/consent/person.ts';
import { languageTag } from '../../locales/language-tag.ts';
import type { Locale } from '../../domain/sending/message.ts';

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
