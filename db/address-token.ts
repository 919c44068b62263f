/** What stands for a number where the number itself must not stand, or no longer. */
import { createHmac } from 'node:crypto';

/** The 32 bytes of a number (E.164) at a brand: always the same, of no use without the key, and another's at another brand. */
export type TokenOf = (brand: string, e164: string) => Buffer;

/** HMAC-SHA-256: there are few enough numbers to try them all against a plain hash. */
export function addressTokens(key: Buffer): TokenOf {
  return (brand, e164) => createHmac('sha256', key).update(`${brand} ${e164}`).digest();
}
