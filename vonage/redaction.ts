/**
 * Asks Vonage to forget a message: number and text in its records become `REDACTED`. Its server logs keep them for some weeks more;
 * only its auto-redact service, which is switched on for an account, spares those.
 *
 * Sources: Vonage OpenAPI "Redact API" 1.0.6, `POST /v1/redact/transaction` (Basic authentication; 204, 401, 403, 404, 422, 429);
 * developer.vonage.com/api-errors/redact: `premature-redaction` is a 403 in the first 60 minutes of a message, 170 requests a second.
 * Not through `@vonage/redact`: what tells a message that is too young from an account that may not redact is in the problem's type,
 * which its errors leave unread.
 */
import { z } from 'zod';
import { classifyFailure } from './outcomes.ts';
import type { ProviderRedaction, RedactionOutcome } from './port.ts';
import { readText } from './wire.ts';

export interface VonageRedactionConfig {
  readonly apiKey: string;
  readonly apiSecret: string;
  /** `https://api.nexmo.com`, or the stand-in. */
  readonly baseUrl: string;
  /** Milliseconds for one request with its answer. */
  readonly timeoutMs: number;
}

const LONGEST_PROBLEM_BYTES = 64 * 1024;
const problemBody = z.object({ type: z.string() });
const PREMATURE = 'premature-redaction';

/** Needs the same account as `createVonageRecords`, which checks it. No message shows a secret. */
export function createVonageRedaction({
  apiKey,
  apiSecret,
  baseUrl,
  timeoutMs,
}: VonageRedactionConfig): ProviderRedaction {
  const url = `${baseUrl.replace(/\/+$/, '')}/v1/redact/transaction`;
  const authorization = `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;
  return {
    async redact({ providerId, direction }) {
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify({ id: providerId, product: 'messages', type: direction }),
          // The secret is sent to `baseUrl` only.
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        return await outcomeOf(response, timeoutMs);
      } catch (error) {
        return later(classifyFailure(error).code);
      }
    },
  };
}

/** A second redaction does no harm, so the request is repeated after every unclear answer. */
async function outcomeOf(response: Response, timeoutMs: number): Promise<RedactionOutcome> {
  const { status, headers } = response;
  if (response.ok) {
    await response.body?.cancel();
    return { kind: 'redacted' };
  }
  const type = typeOf(await readText(response, LONGEST_PROBLEM_BYTES, timeoutMs));
  if (status === 404) return { kind: 'not_found' };
  if (type === PREMATURE) return { ...later(PREMATURE), early: true };
  if (status === 429) return later('http_429', headers.get('retry-after'));
  if (status === 408 || status < 400 || status >= 500) return later(`http_${status}`);
  return { kind: 'refused', code: type ?? `http_${status}` };
}

function later(code: string, retryAfter?: string | null): Extract<RedactionOutcome, { kind: 'later' }> {
  const seconds = /^\d{1,4}$/.exec(retryAfter ?? '')?.[0];
  return { kind: 'later', code, early: false, ...(seconds !== undefined && { retryAfterMs: Number(seconds) * 1000 }) };
}

/** The fragment of the problem's type. Anything longer than a word is not trusted into tables and logs. */
function typeOf(body: string | undefined): string | undefined {
  try {
    const parsed = problemBody.safeParse(JSON.parse(body ?? ''));
    return parsed.success ? /#([a-z][a-z-]{2,30})$/.exec(parsed.data.type)?.[1] : undefined;
  } catch {
    return undefined;
  }
}
