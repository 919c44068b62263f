/**
 * What the stand-in asks of a request before it accepts it: the rules of Vonage OpenAPI "Messages API" 1.20.0 for an SMS, and
 * the application's token.
 */
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { jwtVerify } from 'jose';
import { z } from 'zod';

/** RFC 9457 with Vonage's `invalid_parameters`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly instance: string;
  readonly invalid_parameters?: readonly { readonly name: string; readonly reason: string }[];
}

const LARGEST_BODY_BYTES = 64 * 1024;
/** The specification documents 100 in words only; error 1450 says the same. */
const LONGEST_CLIENT_REF = 100;

const httpUrl = z.url({ protocol: /^https?$/ });

/** Unknown fields are tolerated, as the specification does. */
const smsRequest = z.object({
  channel: z.literal('sms'),
  message_type: z.literal('text'),
  to: z.string().regex(/^[1-9]\d{6,14}$/, 'must be E.164 without + or 00'),
  from: z.string().min(1).max(15),
  text: z.string().min(1).max(3200),
  client_ref: z.string().max(LONGEST_CLIENT_REF).optional(),
  webhook_url: httpUrl.optional(),
  webhook_version: z.enum(['v0.1', 'v1']).optional(),
  ttl: z.int().min(20).max(604_800).optional(),
  sms: z
    .object({ encoding_type: z.enum(['text', 'unicode', 'auto']).default('auto') })
    .default({ encoding_type: 'auto' }),
});

export type SmsRequest = z.output<typeof smsRequest>;

/** Validates a request body; `invalid` carries the 422 problem that Vonage would answer. */
export function checkRequest(
  rawBody: Buffer,
  instance: string,
): { kind: 'ok'; request: SmsRequest } | { kind: 'invalid'; problem: Problem } {
  const parsed = smsRequest.safeParse(decode(rawBody));
  if (parsed.success) return { kind: 'ok', request: parsed.data };
  const invalid = parsed.error.issues.map(({ path, message }) => ({ name: path.join('.'), reason: message }));
  return { kind: 'invalid', problem: problem('1450', 'Invalid params', instance, invalid) };
}

/**
 * True when the bearer token is the application's own: RS256, not expired, `application_id` right. Checked against the wall
 * clock even on virtual time, because the SDK mints its tokens with it.
 */
export async function isApplicationToken(
  authorization: string | undefined,
  application: { readonly id: string; readonly publicKey: KeyObject },
): Promise<boolean> {
  const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  if (token === undefined) return false;
  try {
    const options = { algorithms: ['RS256'], requiredClaims: ['iat', 'exp', 'jti'] };
    const { payload } = await jwtVerify(token, application.publicKey, options);
    return payload['application_id'] === application.id;
  } catch {
    return false;
  }
}

/** A problem document; `code` becomes the fragment of its type, where Vonage puts it. */
export function problem(
  code: string,
  title: string,
  instance: string,
  invalid?: Problem['invalid_parameters'],
): Problem {
  const type = `https://developer.vonage.com/api-errors/messages#${code}`;
  const detail = `${title}.`;
  return { type, title, detail, instance, ...(invalid === undefined ? {} : { invalid_parameters: invalid }) };
}

/** The raw body, or undefined when it is larger than anything Vonage would take. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
}
