/** One secret of the installation, one key per purpose: what leaks of one opens nothing else. */
import { hkdfSync } from 'node:crypto';

/** 32 bytes each. */
export interface Keys {
  /** Of the tokens that stand for a number in the list of who must not be written to. */
  readonly addresses: Buffer;
  /** Of the links in messages. */
  readonly links: Buffer;
  /** Of the forms behind them. */
  readonly forms: Buffer;
}

/** HKDF-SHA-256 (RFC 5869). `secret`: DOPO_SECRET, at least 32 characters; another one forgets every STOP and every link. */
export function deriveKeys(secret: string): Keys {
  const keyFor = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `dopo/${purpose}`, 32));
  return { addresses: keyFor('address'), links: keyFor('link'), forms: keyFor('form') };
}
