/** The shapes that Vonage's webhooks and records share: numbers become E.164 with `+`, times epoch milliseconds. */
import { z } from 'zod';

/** Examples of Vonage's documents have ids that are not valid by RFC 9562, so only the shape of an id is checked. */
export const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** PostgreSQL refuses NUL in text, and lone surrogates cannot be stored as UTF-8. Escapes in JSON can bring in both. */
export const word = z.string().transform((value) => value.replaceAll('\0', '').toWellFormed());

/** Sender or recipient: 7 to 15 digits are a number; short codes, names and user ids stay as they are. */
export const party = word.transform((value) =>
  /^\+?[1-9]\d{6,14}$/.test(value) ? `+${value.replace('+', '')}` : value,
);

export const instant = z.iso.datetime({ offset: true }).transform((value) => Date.parse(value));

/** As the request has it: without `+`. */
export function withoutPlus(value: string): string {
  return value.replace(/^\+/, '');
}
