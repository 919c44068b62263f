/** Turns a message context into the values of placeholders: cleaned, bounded, with fallbacks. */
import type { Locale } from '../domain/sending/message.ts';
import type { MessageContext, Money } from '../domain/text/message-context.ts';
import { cleanName } from './clean/name.ts';
import { cleanReference, cleanReported, usableUrl } from './clean/calls.ts';
import { cleanText } from './clean/text.ts';
import type { ZonedMoment } from './formats.ts';
import { isZonedMoment, isMoney } from './formats.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import type { Placeholder } from './value-types.ts';
import { MAX_COUNT, MAX_NUMBER } from './value-types.ts';

/** null prints nothing. */
export type Value = string | number | Money | ZonedMoment | null;

/**
 * The variables of one text, nested as a template writes them: `{ brand: { name }, opt_out }`. A required one that is
 * missing is left out, so that strict variables refuse the text only if it gets to the place where it is needed.
 */
export function scopeOf(names: readonly string[], context: MessageContext): Record<string, unknown> {
  return nest(names.map((name) => [name, valueOf(name, context)] as const));
}

/** Nests values by their dotted names; undefined ones are left out, their group stays. */
export function nest(values: readonly (readonly [name: string, value: Value | undefined])[]): Record<string, unknown> {
  const scope: Record<string, Record<string, Value> | Value> = {};
  for (const [name, value] of values) {
    const [group = '', field] = name.split('.');
    if (field === undefined) {
      if (value !== undefined) scope[group] = value;
      continue;
    }
    const fields = (scope[group] ??= {}) as Record<string, Value>;
    if (value !== undefined) fields[field] = value;
  }
  return scope;
}

export function valueOf(name: string, context: MessageContext): Value | undefined {
  const placeholder = PLACEHOLDERS[name];
  if (!placeholder) return undefined;
  return usable(placeholder, context) ?? fallbackOf(placeholder, context.locale);
}

/** Whether the shop has the words in other languages, but not in the text's. */
export function isInOtherLanguagesOnly(name: string, context: MessageContext): boolean {
  const placeholder = PLACEHOLDERS[name];
  if (placeholder?.type !== 'wording') return false;
  const words = placeholder.from(context);
  return words !== undefined && words[context.locale] === undefined;
}

/** The substitute of a missing value; undefined: nothing can. */
export function fallbackOf({ fallback }: Placeholder, locale: Locale): string | null | undefined {
  if (fallback === 'required') return undefined;
  return fallback === 'empty' ? null : fallback[locale];
}

/** The value as a text may print it, or null when it is missing or unfit. */
function usable(placeholder: Placeholder, context: MessageContext): Value {
  const { zone, locale, contact, sender } = context;
  const country = contact.country ?? sender?.country;
  switch (placeholder.type) {
    case 'text':
      return mapDefined(placeholder.from(context), (raw) => cleanText(raw, placeholder.length[1], locale));
    case 'wording':
      return mapDefined(placeholder.from(context)?.[locale], (raw) => cleanText(raw, placeholder.length[1], locale));
    case 'reported':
      return mapDefined(placeholder.from(context), (raw) => cleanReported(raw, placeholder.length[1], locale));
    case 'reference':
      return mapDefined(placeholder.from(context), (raw) => cleanReference(raw, placeholder.length[1], locale));
    case 'name':
      return mapDefined(placeholder.from(context), (raw) => cleanName(raw, placeholder.length[1], locale));
    case 'url':
      return mapDefined(placeholder.from(context), (raw) => usableUrl(raw, placeholder.length[1]));
    case 'reported_url': {
      const { linkHosts } = context.brand;
      return mapDefined(placeholder.from(context), (raw) => usableUrl(raw, placeholder.length[1], linkHosts));
    }
    case 'choice':
      return mapDefined(placeholder.from(context), (word) => (placeholder.values.includes(word) ? word : null));
    case 'count':
      return mapDefined(placeholder.from(context), (count) => whole(count, MAX_COUNT));
    case 'number':
      return mapDefined(placeholder.from(context), (number) => whole(number, MAX_NUMBER));
    case 'money':
      return mapDefined(placeholder.from(context), (money) => (isMoney(money) ? money : null));
    case 'date':
      return mapDefined(placeholder.from(context), (at) =>
        isZonedMoment({ at, zone }) ? { at, zone, ...(country !== undefined && { country }) } : null,
      );
    case 'opt_out':
      return null;
  }
}

function whole(value: number, largest: number): number | null {
  return Number.isInteger(value) && value >= 0 && value <= largest ? value : null;
}

function mapDefined<T>(raw: T | undefined, use: (raw: T) => Value): Value {
  return raw === undefined ? null : use(raw);
}
