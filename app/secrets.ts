/** Keys of the installation, one per purpose, so that a leaked key opens nothing else. */
import { hkdfSync } from 'node:crypto';
import { isKnownSecret } from './known-secrets.ts';

/** The newest first: it makes new values. The others are former secrets, and only read values that were made with them. */
export type SecretList = readonly [string, ...string[]];
export type KeyList = readonly [Buffer, ...Buffer[]];

/** 32 bytes each. */
export interface DerivedKeys {
  /** Key of the tokens that stand for numbers in the suppression list. */
  readonly addresses: KeyList;
  /** Key of the links in messages. */
  readonly links: KeyList;
  /** Key of the forms of the preference page, which are open for two hours. */
  readonly forms: KeyList;
  /** Key of the codes that are texted before data is given out or erased. A code is valid for ten minutes. */
  readonly codes: KeyList;
  /** Key of the heads of evidence that are kept outside the database. */
  readonly evidence: KeyList;
}

/**
 * HKDF-SHA-256 (RFC 5869). `secrets`: DOPO_SECRET, at least 32 characters each. `linkSecrets`: DOPO_LINK_SECRETS, so that links can be
 * made worthless while tokens stay; DOPO_SECRET when left out. A publicly known former secret is used only to find tokens: otherwise
 * a stranger could make a link, a form, a code or a head.
 */
export function deriveKeys(secrets: SecretList, linkSecrets?: SecretList): DerivedKeys {
  const [newest, ...older] = secrets;
  const own: SecretList = [newest, ...older.filter((secret) => !isKnownSecret(secret))];
  const linkOwn = linkSecrets ?? own;
  return {
    addresses: keysFor('address', secrets),
    links: keysFor('link', linkOwn),
    forms: keysFor('form', linkOwn),
    codes: keysFor('code', linkOwn),
    evidence: keysFor('evidence', own),
  };
}

function keysFor(purpose: string, [newest, ...older]: SecretList): KeyList {
  const keyOf = (secret: string): Buffer => Buffer.from(hkdfSync('sha256', secret, '', `dopo/${purpose}`, 32));
  return [keyOf(newest), ...older.map(keyOf)];
}
