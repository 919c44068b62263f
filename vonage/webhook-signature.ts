/**
 * Verifies Vonage's signed webhooks over the raw bytes. Written here because the SDK's `verifySignature` checks neither age
 * nor payload hash: a year-old token and a token without `iat` pass it.
 *
 * Source: developer.vonage.com "Signed webhooks": HS256 with the account's signature secret, claims `api_key`, `payload_hash`
 * (SHA-256 of the body), `iat`; an unsigned callback is an internal error of theirs, to be answered with 5xx.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';

const MINUTE = 60_000;
/** Vonage retries for 24 h and may not sign anew, so a shorter limit would lose retries after an outage of ours. */
const DEFAULT_MAX_AGE_MS = 25 * 60 * MINUTE;
const DEFAULT_MAX_AHEAD_MS = 5 * MINUTE;

/** One secret for the account, or one per API key where sub-accounts share an endpoint. */
export type SignatureSecrets =
  | { readonly secret: string }
  | { readonly secretsByApiKey: Readonly<Record<string, string>> };

export type SignedWebhook = SignatureSecrets & {
  /** The `Authorization` header as received. */
  readonly authorization: string | undefined;
  readonly rawBody: Buffer;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly maxAgeMs?: number;
  readonly maxAheadMs?: number;
};

export type BadWebhookReason =
  | 'not_bearer'
  | 'malformed'
  | 'algorithm'
  | 'no_api_key'
  | 'unknown_api_key'
  | 'signature'
  | 'expired'
  | 'no_iat'
  | 'too_old'
  | 'ahead'
  | 'no_payload_hash'
  | 'payload_hash';

export type WebhookVerdict =
  | { readonly kind: 'ok'; readonly apiKey: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'bad'; readonly why: BadWebhookReason };

/**
 * Never throws. `missing` is to be answered 503 (Vonage sends it again, signed), `bad` 401 (Vonage drops it). An exact
 * duplicate is `ok` again: retries are legitimate, and whoever processes the webhook is idempotent.
 */
export async function verifyWebhook(webhook: SignedWebhook): Promise<WebhookVerdict> {
  const header = webhook.authorization?.trim() ?? '';
  if (header === '') return { kind: 'missing' };
  const token = /^bearer +(\S+)$/i.exec(header)?.[1];
  if (token === undefined) return bad('not_bearer');

  const claimed = unverifiedClaims(token);
  if (typeof claimed === 'string') return bad(claimed);
  const apiKey = claimed.api_key;
  if (typeof apiKey !== 'string' || apiKey === '') return bad('no_api_key');
  const secret = secretOf(webhook, apiKey);
  if (secret === undefined) return bad('unknown_api_key');

  const maxAheadMs = webhook.maxAheadMs ?? DEFAULT_MAX_AHEAD_MS;
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ['HS256'],
      currentDate: new Date(webhook.now),
      clockTolerance: Math.floor(maxAheadMs / 1000),
    });
    const why = badAge(payload.iat, webhook, maxAheadMs) ?? badHash(payload['payload_hash'], webhook.rawBody);
    return why === undefined ? { kind: 'ok', apiKey } : bad(why);
  } catch (error) {
    return bad(failureOf(error));
  }
}

function bad(why: BadWebhookReason): WebhookVerdict {
  return { kind: 'bad', why };
}

/** Claims read only to choose the secret; nothing is believed before the signature is checked. */
function unverifiedClaims(token: string): (JWTPayload & { api_key?: unknown }) | 'malformed' | 'algorithm' {
  try {
    return decodeProtectedHeader(token).alg === 'HS256' ? decodeJwt(token) : 'algorithm';
  } catch {
    return 'malformed';
  }
}

function secretOf(secrets: SignatureSecrets, apiKey: string): string | undefined {
  const secret = 'secret' in secrets ? secrets.secret : ownValue(secrets.secretsByApiKey, apiKey);
  return secret === '' ? undefined : secret;
}

function ownValue(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function badAge(iat: number | undefined, webhook: SignedWebhook, maxAheadMs: number): BadWebhookReason | undefined {
  if (iat === undefined || !Number.isFinite(iat)) return 'no_iat';
  const ageMs = webhook.now - iat * 1000;
  if (ageMs > (webhook.maxAgeMs ?? DEFAULT_MAX_AGE_MS)) return 'too_old';
  return -ageMs > maxAheadMs ? 'ahead' : undefined;
}

function badHash(claimed: unknown, rawBody: Buffer): BadWebhookReason | undefined {
  if (typeof claimed !== 'string') return 'no_payload_hash';
  const expected = Buffer.from(createHash('sha256').update(rawBody).digest('hex'));
  const received = Buffer.from(claimed.toLowerCase());
  return expected.length === received.length && timingSafeEqual(expected, received) ? undefined : 'payload_hash';
}

function failureOf(error: unknown): BadWebhookReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return error.claim === 'nbf' ? 'ahead' : 'malformed';
  return error instanceof errors.JWSSignatureVerificationFailed ? 'signature' : 'malformed';
}
