/**
 * The meaning of Vonage's answers, as data; that of its error codes is in error-codes.ts.
 *
 * Source: Vonage OpenAPI "Messages API" 1.20.0 (responses of `POST /messages`).
 */
import { z } from 'zod';
import type { ErrorAction } from '../domain/sending/provider-error.ts';
import { ERROR_CODES } from './error-codes.ts';
import type { RetryAdvice, SendOutcome } from './port.ts';
import { UUID_SHAPE } from './wire.ts';

/** A non-2xx answer as it came over the wire. */
export interface ProviderAnswer {
  readonly status: number;
  /** Value of `Retry-After`: seconds or an HTTP date. */
  readonly retryAfter: string | null;
  /** Value of `Date`: the provider's own clock, against which a dated `Retry-After` is read. */
  readonly date: string | null;
  /** The problem document, or an empty text when it could not be read. */
  readonly body: string;
}

/**
 * 4xx answers whose status alone decides. The status counts before the code, because examples of the specification
 * have outdated codes (1150 where its table says 1450). All other 4xx answers show a mistake in our request, so a
 * retry cannot help.
 */
const REFUSALS_BY_STATUS: Readonly<Record<number, RetryAdvice>> = {
  401: 'systemic', // credentials
  402: 'systemic', // balance (1070)
  403: 'systemic', // not provisioned
  408: 'later', // the request did not arrive whole
  425: 'later',
  429: 'later', // throttled (1000): 30 requests a second per key by default
};

/** Codes of a throttled request, in case Vonage sends them with another 4xx status. */
const THROTTLED_CODES: readonly string[] = ['1000', '1241'];

/** Node's codes for a port without a listener and for an unknown host. In both cases no request left this machine. */
const NOT_CONNECTED: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection_refused'],
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
]);

/**
 * Vonage does not document whether its waiting times are seconds or milliseconds. The limit of an hour keeps a wrong
 * unit from delaying a message by a week.
 */
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;

const acceptedBody = z.object({ message_uuid: z.string().regex(UUID_SHAPE) });
const problemBody = z.object({ type: z.string() });

/**
 * Classifies the decoded body of a 2xx answer. Only a readable UUID is an acceptance; a problem document, an empty or a
 * broken body after 2xx leaves open what happened.
 */
export function classifyAccepted(decoded: unknown): SendOutcome {
  const parsed = acceptedBody.safeParse(decoded);
  return parsed.success
    ? { kind: 'accepted', providerId: parsed.data.message_uuid.toLowerCase() }
    : { kind: 'unknown', code: 'no_message_uuid' };
}

/** Classifies a non-2xx answer: 4xx is a clear refusal; after 5xx and redirects an acceptance cannot be excluded. */
export function classifyAnswer(answer: ProviderAnswer): SendOutcome {
  if (answer.status < 400 || answer.status >= 500) return { kind: 'unknown', code: `http_${answer.status}` };
  const status = String(answer.status);
  const byStatus = REFUSALS_BY_STATUS[answer.status];
  const code = byStatus === undefined ? (problemCode(answer.body) ?? status) : status;
  const retry = byStatus ?? (THROTTLED_CODES.includes(code) ? 'later' : 'never');
  const retryAfterMs = retry === 'later' ? waitAsked(answer) : undefined;
  const action = actionOf(retry, code);
  return {
    kind: 'refused',
    code,
    retry,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(action === undefined ? {} : { action }),
  };
}

/** Actions that a code may ask for when the request itself was refused. */
const REFUSAL_ACTIONS: readonly ErrorAction[] = [
  'suppress',
  'mark_unusable',
  'block_template',
  'block_sender',
  'alert',
];

/**
 * The status decides first here, too: if the account is refused, the code does not matter. The examples of the
 * specification print codes of the account (1140) or the network (1100) in a 422, so the actions of such codes are
 * ignored for a bad request.
 */
function actionOf(retry: RetryAdvice, code: string): ErrorAction | undefined {
  switch (retry) {
    case 'systemic':
      return 'open_circuit';
    case 'later':
      return undefined;
    case 'never': {
      const action = ERROR_CODES.get(code)?.action;
      return action === undefined || REFUSAL_ACTIONS.includes(action) ? action : 'alert';
    }
    default:
      return retry satisfies never;
  }
}

/**
 * Classifies what a call threw before any answer came. Only a connection that never existed is a refusal; a time-out, a
 * reset and every unforeseen error leave the outcome open.
 */
export function classifyFailure(error: unknown): Exclude<SendOutcome, { kind: 'accepted' }> {
  if (!(error instanceof Error)) return { kind: 'unknown', code: 'client_error' };
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return { kind: 'unknown', code: 'timeout' };
  const codes = networkCodes(error.cause);
  const first = codes[0];
  if (first === undefined) return { kind: 'unknown', code: 'client_error' };
  const notConnected = NOT_CONNECTED.get(first);
  if (notConnected !== undefined && codes.every((code) => NOT_CONNECTED.has(code))) {
    return { kind: 'refused', code: notConnected, retry: 'later' };
  }
  return { kind: 'unknown', code: 'connection_lost' };
}

/** The codes of a network error; of all its addresses when Node tried several (IPv4 and IPv6). */
function networkCodes(cause: unknown): string[] {
  if (cause instanceof AggregateError) return cause.errors.flatMap(networkCodes);
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? [cause.code] : [];
}

/** The fragment of the problem's `type` URL. Anything longer than a code or a word is not trusted into logs. */
function problemCode(body: string): string | undefined {
  let decoded: unknown;
  try {
    decoded = JSON.parse(body);
  } catch {
    return undefined;
  }
  const problem = problemBody.safeParse(decoded);
  return problem.success ? /#(\d{3,4}|[a-z][a-z-]{2,30})$/.exec(problem.data.type)?.[1] : undefined;
}

function waitAsked(answer: ProviderAnswer): number | undefined {
  if (answer.retryAfter === null) return undefined;
  const value = answer.retryAfter.trim();
  const asked = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.parse(answer.date ?? '');
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), LONGEST_RETRY_AFTER_MS) : undefined;
}
