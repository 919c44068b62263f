/** The shapes that Vonage's webhooks and records share: numbers become E.164 with `+`, times epoch milliseconds. And the body of an answer. */
import { z } from 'zod';

/** Examples of Vonage's documents have ids that are not valid by RFC 9562, so only the shape of an id is checked. */
export const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** PostgreSQL refuses NUL in text, and lone surrogates cannot be stored as UTF-8. Escapes in JSON can bring in both. */
export const shortWord = z.string().transform((value) => value.replaceAll('\0', '').toWellFormed());

/** Sender or recipient: 7 to 15 digits are a number; short codes, names and user ids stay as they are. */
export const senderOrRecipient = shortWord.transform((value) =>
  /^\+?[1-9]\d{6,14}$/.test(value) ? `+${value.replace('+', '')}` : value,
);

export const wireInstant = z.iso.datetime({ offset: true }).transform((value) => Date.parse(value));

/** As the request has it: without `+`. */
export function withoutPlus(value: string): string {
  return value.replace(/^\+/, '');
}

/**
 * The body of an answer as text, read to its end only while it has at most `mostBytes` and arrives within `withinMs`. Undefined:
 * it has more, takes longer or breaks off. Never throws.
 */
export async function readText(response: Response, mostBytes: number, withinMs: number): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  let whole = true;
  const stop = () => {
    whole = false;
    return reader.cancel().catch(() => undefined);
  };
  const timer = setTimeout(stop, withinMs);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return whole ? Buffer.concat(chunks).toString('utf8') : undefined;
      chunks.push(value);
      size += value.byteLength;
      if (size > mostBytes) await stop();
    }
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
