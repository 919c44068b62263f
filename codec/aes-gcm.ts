/**
 * Encrypts what Temporal stores of us: inputs, results, signals and, with the failure converter beside this file, the words and
 * traces of failures. No codec encrypts ids of workflows or search attributes, so none of them may name a person.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { decodePayload, encodePayload } from './payload-bytes.ts';

export interface PayloadKey {
  /** The id of the key, which is not encrypted. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** The encoding that Temporal's own samples give to encrypted payloads: tools recognise it. */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D: 96 bits, new for each; 2^32 payloads under one key are safe. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM: initialisation vector, tag, ciphertext. The first key encrypts and all keys decrypt, so a key is
 * changed by putting a new one in front. A payload that is not encrypted is returned as it is, because a history may
 * be older than the codec. Decoding throws if the key is unknown or the bytes were changed; no message shows a key or
 * bytes.
 */
export function aesGcmCodec(keys: readonly [PayloadKey, ...PayloadKey[]]): PayloadCodec {
  const [current] = keys;
  const byId = new Map(keys.map((one) => [one.id, one.key]));
  return {
    encode: async (payloads) => payloads.map((payload) => encrypt(payload, current)),
    decode: async (payloads) => payloads.map((payload) => decrypt(payload, byId)),
  };
}

/** Undefined: there are no keys, and nothing is encrypted. */
export function codecOf([first, ...others]: readonly PayloadKey[]): PayloadCodec | undefined {
  return first && aesGcmCodec([first, ...others]);
}

function encrypt(payload: Payload, { id, key }: PayloadKey): Payload {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(encodePayload(payload)), cipher.final()]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([iv, cipher.getAuthTag(), sealed]),
  };
}

function decrypt(payload: Payload, keys: ReadonlyMap<string, Buffer>): Payload {
  if (textOf(payload, 'encoding') !== ENCODING) return payload;
  const id = textOf(payload, KEY_ID);
  const key = keys.get(id);
  if (!key) throw new Error('a payload is encrypted with a key that is not configured');
  const data = Buffer.from(payload.data ?? []);
  const tagAt = IV_BYTES;
  const sealedAt = tagAt + TAG_BYTES;
  if (data.length < sealedAt) throw new Error('an encrypted payload is cut short');
  const decipher = createDecipheriv(CIPHER, key, data.subarray(0, tagAt), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(id));
  decipher.setAuthTag(data.subarray(tagAt, sealedAt));
  try {
    return decodePayload(Buffer.concat([decipher.update(data.subarray(sealedAt)), decipher.final()]));
  } catch {
    throw new Error('an encrypted payload was changed, or its key is another one of the same name');
  }
}

function textOf({ metadata }: Payload, name: string): string {
  return Buffer.from(metadata?.[name] ?? []).toString('utf8');
}
