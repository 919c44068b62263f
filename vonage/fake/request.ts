/** Checks of the stand-in before it accepts a request: the rules of the specification for a text, and the application's token. */
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { jwtVerify } from 'jose';
import { z } from 'zod';
import { fakeProblem } from './answers.ts';
import type { FakeProblem } from './answers.ts';
import type { MessageRequest } from './channels.ts';
import { messageRequest } from './channels.ts';

const LARGEST_BODY_BYTES = 64 * 1024;

const nameable = z.string().nullable().catch(null);
const addressee = z.object({ to: nameable, client_ref: nameable }).catch({ to: null, client_ref: null });

/**
 * The recipient (E.164 with `+`) and the reference of a body, as far as they can be read. Faults and the log use
 * them.
 */
export function addresseeOf(rawBody: Buffer | undefined): {
  readonly to: string | null;
  readonly clientRef: string | null;
} {
  const { to, client_ref: clientRef } = addressee.parse(rawBody && decode(rawBody));
  return { to: to === null ? null : `+${to}`, clientRef };
}

/** Validates a request body; `invalid` carries the 422 problem that Vonage would answer. */
export function checkRequest(
  rawBody: Buffer,
): { kind: 'ok'; request: MessageRequest } | { kind: 'invalid'; problem: FakeProblem } {
  const parsed = messageRequest.safeParse(decode(rawBody));
  if (parsed.success) return { kind: 'ok', request: parsed.data };
  const invalid = parsed.error.issues.map(({ path, message }) => ({ name: path.join('.'), reason: message }));
  return { kind: 'invalid', problem: fakeProblem('1450', 'Invalid params', invalid) };
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
