/**
 * Verifies Vonage's signed webhooks over the raw bytes. Written here because the SDK's `verifySignature` checks neither age
 * nor payload hash: a year-old token and a token without `iat` pass it. The HMAC is node:crypto's: jose computes it in another
 * thread, and of a webhook's time on one core that trip took a quarter.
 *
 * Source: developer.vonage.com "Signed webhooks": HS256 with the account's signature secret, claims `api_key`, `payload_hash`
 * (SHA-256 of the body), `iat`; an unsigned callback is an internal error of theirs, to be answered with 5xx.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { JWTPayload } from 'jose';

const MINUTE = 60_000;
/** Vonage retries for 24 h and may not sign anew, so a shorter limit would lose retries after an outage of ours. */
const DEFAULT_MAX_AGE_MS = 25 * 60 * MINUTE;
const DEFAULT_MAX_AHEAD_MS = 5 * MINUTE;
/** Of HMAC-SHA-256. */
const SIGNATURE_BYTES = 32;

/** The secrets of the account, or one per API key where sub-accounts share an endpoint. */
export type SignatureSecrets =
  /** Each of them is accepted: while a secret is changed, Vonage may still sign with the former one. */
  { readonly secrets: readonly string[] } | { readonly secretsByApiKey: Readonly<Record<string, string>> };

export type SignedWebhook = SignatureSecrets & {
  /** The `Authorization` header as received. */
  readonly authorization: string | undefined;
  readonly rawBody: Buffer;
  /**
   * Our application. A token that names another application is refused. Vonage does not promise that every token
   * names one.
   */
  readonly applicationId?: string | undefined;
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
  /** Everything but the key is right: the secret of the account may have been changed before our setting. */
  | { readonly kind: 'unknown_key' }
  /** The signature is right, but for another application of the account: our setting may be wrong. */
  | { readonly kind: 'other_application' }
  | { readonly kind: 'bad'; readonly why: BadWebhookReason };

/**
 * Never throws. How to answer: `missing` 503 (Vonage sends it again, signed), `bad` 401 (Vonage drops it), `unknown_key` and
 * `other_application` 503 (Vonage sends it again for 24 hours, in which the setting can be corrected, so that a STOP among them is not
 * lost).
 * That time is counted for each webhook by itself, from the `iat` of its token until `maxAgeMs` later; after that it is `bad`. So nothing
 * has to be remembered, and forged webhooks cannot use the time up for real ones. An exact duplicate is `ok` again: retries are
 * legitimate, and the processing is idempotent.
 */
export function verifyWebhook(webhook: SignedWebhook): WebhookVerdict {
  const token = tokenOf(webhook.authorization);
  if (token === undefined) return { kind: 'missing' };
  if (token === '') return bad('not_bearer');

  const claims = unverifiedClaims(token);
  if (typeof claims === 'string') return bad(claims);
  const apiKey = claims.api_key;
  if (typeof apiKey !== 'string' || apiKey === '') return bad('no_api_key');
  const secrets = secretsOf(webhook, apiKey);
  if (secrets.length === 0) return bad('unknown_api_key');
  const why = badAge(claims, webhook) ?? badHash(claims['payload_hash'], webhook.rawBody);
  const ours = isForUs(claims['application_id'], webhook.applicationId);
  if (secrets.some((secret) => isSignedWith(secret, token))) {
    if (why !== undefined) return bad(why);
    return ours ? { kind: 'ok', apiKey } : { kind: 'other_application' };
  }
  return why === undefined && ours && hasSignature(token) ? { kind: 'unknown_key' } : bad('signature');
}

/** Undefined: there is no header. Empty: the header is of another kind. */
function tokenOf(authorization: string | undefined): string | undefined {
  const header = authorization?.trim() ?? '';
  return header === '' ? undefined : (/^bearer +(\S+)$/i.exec(header)?.[1] ?? '');
}

/** Whether the header can hold a token at all; this is known before the body is read. `missing` and `bad` as in `verifyWebhook`. */
export function shapeOfToken(authorization: string | undefined): 'token' | 'missing' | 'not_bearer' | 'malformed' {
  const token = tokenOf(authorization);
  if (token === undefined) return 'missing';
  if (token === '') return 'not_bearer';
  return /^[\w-]+[.][\w-]+[.][\w-]+$/.test(token) ? 'token' : 'malformed';
}

function bad(why: BadWebhookReason): WebhookVerdict {
  return { kind: 'bad', why };
}

/** The claim of the token selects the secret. No other claim is used before the signature is checked. */
function unverifiedClaims(token: string): (JWTPayload & { api_key?: unknown }) | 'malformed' | 'algorithm' {
  try {
    const { alg, crit } = decodeProtectedHeader(token);
    if (alg !== 'HS256') return 'algorithm';
    // RFC 7515: a receiver that does not understand a critical extension refuses the token, and none is understood here.
    return crit === undefined ? decodeJwt(token) : 'malformed';
  } catch {
    return 'malformed';
  }
}

function secretsOf(webhook: SignatureSecrets, apiKey: string): readonly string[] {
  const secrets = 'secrets' in webhook ? webhook.secrets : [ownValue(webhook.secretsByApiKey, apiKey) ?? ''];
  return secrets.filter((secret) => secret !== '');
}

function ownValue(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/**
 * HMAC-SHA256 over the first two parts of the token as they are written; the third part has to be equal to it (RFC
 * 7515).
 */
function isSignedWith(secret: string, token: string): boolean {
  const end = token.lastIndexOf('.');
  const expected = createHmac('sha256', secret).update(token.slice(0, end)).digest();
  const received = Buffer.from(token.slice(end + 1), 'base64url');
  return expected.length === received.length && timingSafeEqual(expected, received);
}

/** Whether the token has a signature of the right length, which some key may have made. */
function hasSignature(token: string): boolean {
  return Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url').length === SIGNATURE_BYTES;
}

function isForUs(claimed: unknown, ours: string | undefined): boolean {
  return ours === undefined || claimed === undefined || claimed === ours;
}

/** Times of a token are in seconds. */
function badAge({ iat, exp, nbf }: JWTPayload, webhook: SignedWebhook): BadWebhookReason | undefined {
  const { now, maxAgeMs = DEFAULT_MAX_AGE_MS, maxAheadMs = DEFAULT_MAX_AHEAD_MS } = webhook;
  if (!Number.isFinite(iat) || iat === undefined) return 'no_iat';
  if ([exp, nbf].some((time) => time !== undefined && !Number.isFinite(time))) return 'malformed';
  if (exp !== undefined && exp * 1000 + maxAheadMs <= now) return 'expired';
  if (now - iat * 1000 > maxAgeMs) return 'too_old';
  return Math.max(iat, nbf ?? iat) * 1000 - now > maxAheadMs ? 'ahead' : undefined;
}

function badHash(claimed: unknown, rawBody: Buffer): BadWebhookReason | undefined {
  if (typeof claimed !== 'string') return 'no_payload_hash';
  const expected = Buffer.from(createHash('sha256').update(rawBody).digest('hex'));
  const received = Buffer.from(claimed.toLowerCase());
  return expected.length === received.length && timingSafeEqual(expected, received) ? undefined : 'payload_hash';
}
