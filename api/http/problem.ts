/**
 * All errors that a caller can get. A named function here makes each of them, and one place renders them as
 * application/problem+json (RFC 9457).
 */
import type { Scope } from '../../domain/access/scope.ts';

/** Code, HTTP status and title. The code is the last part of `type`. */
export const PROBLEMS = {
  not_utf8: { status: 400, title: 'The body is not UTF-8' },
  not_json: { status: 400, title: 'The body is not JSON' },
  too_deep: { status: 400, title: 'The body is nested too deep' },
  repeated_field: { status: 400, title: 'The body has two fields of one name' },
  incomplete_body: { status: 400, title: 'The body did not arrive whole' },
  unauthorized: { status: 401, title: 'No valid API key' },
  bad_signature: { status: 401, title: 'The webhook is not signed by the provider' },
  codec_unauthorized: { status: 401, title: 'No valid token for the codec' },
  not_of_the_shop: { status: 401, title: 'The webhook is not signed by the shop' },
  scope_missing: { status: 403, title: 'The key may not do this' },
  not_found: { status: 404, title: 'Not found' },
  order_not_running: { status: 404, title: 'The order has no running journey' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  order_differs: { status: 409, title: 'The order was placed before with other contents' },
  too_many_events: { status: 409, title: 'The order has too many events' },
  too_many_parcels: { status: 409, title: 'The order has too many parcels' },
  event_differs: { status: 409, title: 'The event came before with other contents' },
  message_state: { status: 409, title: 'The message is in another state' },
  may_duplicate: { status: 409, title: 'The message may have been taken already' },
  erasure_begun: { status: 409, title: 'The erasure has begun' },
  stop_of_customer: { status: 409, title: 'The stop is not the shop’s to lift' },
  key_reused: { status: 409, title: 'The Idempotency-Key belongs to another request' },
  in_progress: { status: 409, title: 'The first request with this Idempotency-Key is still at work' },
  order_erased: { status: 410, title: 'The person of the order has been erased' },
  order_over: { status: 410, title: 'The order ended long ago' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media: { status: 415, title: 'The body must be plain application/json' },
  invalid: { status: 422, title: 'The request has mistakes' },
  command_rejected: { status: 422, title: 'The order refused the command' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong on our side' },
  unknown_signing_key: { status: 503, title: 'The webhook is signed with a key that is not known here' },
  unsigned: { status: 503, title: 'The webhook came without a signature' },
  busy: { status: 503, title: 'Too much is being sent at once' },
  database_busy: { status: 503, title: 'The database is busy' },
  database_unavailable: { status: 503, title: 'The database is out of reach' },
  engine_unavailable: { status: 503, title: 'The workflow engine did not answer' },
} as const satisfies Record<string, { status: number; title: string }>;

/** Of every cursor that cannot be one, and of one that was never given out. */
export const NOT_A_CURSOR = 'must be the `next` of an earlier page';

export type ProblemCode = keyof typeof PROBLEMS;

/**
 * One mistake. `detail` goes on from the pointer, as a sentence about the field: "must be ...", "must not ...", "is missing". `pointer` is a JSON pointer (RFC 6901) into the body, or `?name` for a query parameter. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Thrown by handlers. Neither `detail` nor `errors` ever repeat a value of the request, which may be personal; a country alone is not. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: readonly FieldError[]; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The id of the request, which its log line has too. */
  readonly instance: string;
  readonly errors?: readonly FieldError[];
}

export function problemBody({ code, message, errors }: Problem, requestId: string): ProblemBody {
  return {
    type: `urn:dopo:problem:${code}`,
    ...PROBLEMS[code],
    detail: message,
    instance: requestId,
    ...(errors.length > 0 && { errors }),
  };
}

export function notUtf8(): Problem {
  return new Problem('not_utf8', 'Send the body as UTF-8.');
}

export function notJson(where: string): Problem {
  return new Problem('not_json', `The body cannot be read as JSON${where}.`);
}

export function tooDeep(limit: number): Problem {
  return new Problem('too_deep', `Objects and lists may be nested ${limit} levels deep.`);
}

/**
 * The name comes from the caller. It may have any length, or be a customer's number, so it is repeated only if it
 * looks like a name of ours.
 */
export function repeatedField(name: string): Problem {
  const which = /^[A-Za-z]{1,40}$/.test(name) ? `"${name}"` : 'A field';
  return new Problem(
    'repeated_field',
    `${which} stands twice in one object, and only one of the two could count. Send it once.`,
  );
}

export function incompleteBody(): Problem {
  return new Problem('incomplete_body', 'The connection ended before the body did. Send the request again.');
}

export function unauthorized(): Problem {
  return new Problem('unauthorized', 'Send a key of the brand as "Authorization: Bearer dopo_...".', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

/** RFC 6750, section 3.1. */
export function scopeMissing(scope: Scope): Problem {
  return new Problem('scope_missing', `The key needs the scope ${scope}.`, {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}

export function badSignature(): Problem {
  return new Problem(
    'bad_signature',
    'The token does not belong to this body, is too old or is signed with another secret.',
  );
}

export function erasureBegun(): Problem {
  return new Problem(
    'erasure_begun',
    'The erasure was held until its time was over. It has begun and cannot be stopped any more.',
  );
}

export function codecUnauthorized(): Problem {
  return new Problem('codec_unauthorized', 'Send the token of the codec as "Authorization: Bearer ...".', {
    headers: { 'WWW-Authenticate': 'Bearer' },
  });
}

/** The same problem is used for an unknown brand, and for one whose shop has no secret here. */
export function notOfTheShop(): Problem {
  return new Problem(
    'not_of_the_shop',
    'Its signature does not belong to this body and the secret of the brand’s shop.',
  );
}

/** The same problem is used for data of another brand, so that a caller cannot learn that it exists. */
export function notFound(what: string): Problem {
  return new Problem('not_found', `There is no such ${what}.`);
}

export function orderNotRunning(): Problem {
  return new Problem('order_not_running', 'The journey of the order has ended, so it takes no commands any more.');
}

export function orderErased(): Problem {
  return new Problem(
    'order_erased',
    'Nothing about the order is stored or sent any more. Report no further events of it.',
  );
}

export function orderOver(): Problem {
  return new Problem('order_over', 'The events of the order are not kept any more, so it takes no further ones.');
}

export function methodNotAllowed(): Problem {
  return new Problem('method_not_allowed', 'The Allow header lists the methods of this path.');
}

export function orderDiffers(): Problem {
  return new Problem('order_differs', 'Report changes of an order as events.');
}

export function eventDiffers(): Problem {
  return new Problem('event_differs', 'An event is never changed. Send the news as a new event with an id of its own.');
}

export function tooManyEvents(limit: number): Problem {
  return new Problem(
    'too_many_events',
    `An order may have ${limit} events. Report what a customer would want to know, not every scan.`,
  );
}

export function tooManyParcels(limit: number): Problem {
  return new Problem(
    'too_many_parcels',
    `An order may have ${limit} parcels. Send the same id in every event of a parcel.`,
  );
}

export function messageStateProblem(state: string, allowed: readonly string[]): Problem {
  return new Problem(
    'message_state',
    `The message is ${state}. This works for messages that are ${allowed.join(' or ')}.`,
  );
}

export function mayDuplicate(): Problem {
  return new Problem(
    'may_duplicate',
    'The provider may have taken an earlier attempt. Say "mayDuplicate": true if a second message is better than none.',
  );
}

export function stopOfCustomer(): Problem {
  return new Problem(
    'stop_of_customer',
    'The stop was not set over this API. Only the customer can lift it: with START, or on their own page.',
  );
}

export function keyReused(): Problem {
  return new Problem('key_reused', 'Send a new Idempotency-Key with a new request.');
}

export function inProgress(): Problem {
  return new Problem('in_progress', 'Send the request again after the seconds of Retry-After.', {
    headers: { 'Retry-After': '1' },
  });
}

export function bodyTooLarge(limit: number): Problem {
  return new Problem('body_too_large', `A body may have ${limit} bytes. Send less, or in several requests.`);
}

export function unsupportedMedia(): Problem {
  return new Problem('unsupported_media', 'Send "Content-Type: application/json" in UTF-8 without a Content-Encoding.');
}

export function invalid(errors: readonly FieldError[]): Problem {
  return new Problem('invalid', `${errors.length} ${errors.length === 1 ? 'mistake' : 'mistakes'}; see errors.`, {
    errors,
  });
}

export function badCursor(): Problem {
  return invalid([{ pointer: '?after', detail: NOT_A_CURSOR }]);
}

/** `why` comes from the workflow's validator, which speaks of steps and states only. */
export function commandRejected(why: string): Problem {
  return new Problem('command_rejected', why);
}

export function rateLimited(seconds: number, headers: Record<string, string>): Problem {
  return new Problem('rate_limited', 'Nothing was stored. Send the request again after the seconds of Retry-After.', {
    headers: { ...headers, 'Retry-After': String(seconds) },
  });
}

export function internal(): Problem {
  return new Problem(
    'internal',
    'Send the request again. If it fails again, report the id in `instance`: the log of the service has the reason under it.',
  );
}

/** The sender is unknown, so the answer says only that the webhook may come again. */
export function unknownSigningKey(): Problem {
  return new Problem('unknown_signing_key', 'Send it again: the key may be known then.', {
    headers: { 'Retry-After': '300' },
  });
}

export function unsigned(): Problem {
  return new Problem('unsigned', 'Send it again with a token.', { headers: { 'Retry-After': '5' } });
}

export function exportsBusy(): Problem {
  return new Problem('busy', 'Other exports are being read. Send the request again after the seconds of Retry-After.', {
    headers: { 'Retry-After': '10' },
  });
}

export function busy(): Problem {
  return new Problem('busy', 'Nothing was stored. Send the request again after the seconds of Retry-After.', {
    headers: { 'Retry-After': '1' },
  });
}

export function databaseBusy(): Problem {
  return new Problem('database_busy', 'Nothing was stored. Send the request again after the seconds of Retry-After.', {
    headers: { 'Retry-After': '1' },
  });
}

export function databaseUnavailable(): Problem {
  return new Problem(
    'database_unavailable',
    'Nothing was stored. Send the request again after the seconds of Retry-After.',
    { headers: { 'Retry-After': '5' } },
  );
}

export function engineUnavailable(): Problem {
  return new Problem('engine_unavailable', 'Send the request again with the same Idempotency-Key: it is done once.', {
    headers: { 'Retry-After': '5' },
  });
}
