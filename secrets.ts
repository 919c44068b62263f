/** Secrets of the installation, one key per purpose: what leaks of one opens nothing else. */
import { hkdfSync } from 'node:crypto';

/** The newest first: it makes what is made. The others are of former secrets, and only read what was made with them. */
export type SecretList = readonly [string, ...string[]];
export type KeyList = readonly [Buffer, ...Buffer[]];

/** 32 bytes each. */
export interface Keys {
  /** Of the tokens that stand for a number in the list of who must not be written to. */
  readonly addresses: KeyList;
  /** Of the links in messages. */
  readonly links: KeyList;
  /** Of the forms behind them, which are open for two hours. */
  readonly forms: Buffer;
  /** Of the codes that are texted before data is given out or erased, which hold for ten minutes. */
  readonly codes: Buffer;
  /** Of the heads of evidence that are kept outside the database. */
  readonly evidence: KeyList;
}

/**
 * HKDF-SHA-256 (RFC 5869). `secrets`: DOPO_SECRET, at least 32 characters each. `linkSecrets`: DOPO_LINK_SECRETS, so that links can be
 * made worthless without a token changing; DOPO_SECRET where they are left out.
 */
export function deriveKeys(secrets: SecretList, linkSecrets: SecretList = secrets): Keys {
  return {
    addresses: keysFor('address', secrets),
    links: keysFor('link', linkSecrets),
    forms: keysFor('form', linkSecrets)[0],
    codes: keysFor('code', linkSecrets)[0],
    evidence: keysFor('evidence', secrets),
  };
}

function keysFor(purpose: string, [newest, ...older]: SecretList): KeyList {
  const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `dopo/${purpose}`, 32));
  return [keyOf(newest), ...older.map(keyOf)];
}
