/** Links in messages: they open the preference page of one number, for 90 days. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { DAY } from '../domain/time/duration.ts';
import type { LinkOwner } from '../domain/contacts/identity.ts';

/**
 * The time for which a link opens its page, ms. The way to refuse that a message names has to work for 60 days in
 * Canada (CASL, S.C. 2010, c. 23, s. 11(2)) and for 30 in the US (16 CFR 316.3); people also look for an old text.
 */
export const LINK_LIFE = 90 * DAY;

export type ReadLink =
  /** We made the link and it is not too old. Only the row of the number tells whether it was withdrawn. */
  | { readonly kind: 'ok'; readonly owner: LinkOwner }
  /** We made the link, but it is too old. */
  | { readonly kind: 'expired'; readonly owner: LinkOwner }
  /** Not made by us, or changed. */
  | { readonly kind: 'invalid' };

/** One AES block: 8 bytes of id, 2 of the last day since 1970 (until 2149), 3 of epoch, 3 of zero. */
const BLOCK = 16;
const ID_BYTES = 8;
const EPOCH_AT = ID_BYTES + 2;
const EPOCHS = 2 ** 24;
const ZEROS_AT = EPOCH_AT + 3;
const ZEROS = Buffer.alloc(BLOCK - ZEROS_AT);

/**
 * 22 characters of base64url: the block, encrypted with AES-256 under a key of its own. A MAC of the same strength would not fit beside
 * the id. Any change of the token decrypts to a random block: with a million numbers, one guess in 2^100 has the id, day and epoch of one
 * of them.
 */
export function linkToken(key: Buffer, { id, epoch }: LinkOwner, lastDay: number): string {
  const block = Buffer.alloc(BLOCK);
  id.copy(block, 0, 0, ID_BYTES);
  block.writeUInt16BE(lastDay, ID_BYTES);
  block.writeUIntBE(epoch % EPOCHS, EPOCH_AT, 3);
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
}

/** Non-empty, the newest first: it makes links. The others open links that were sent before. */
export type LinkKeys = readonly [Buffer, ...Buffer[]];

/**
 * Makes a link at `now` (epoch ms). All links of a day are equal, so a text that is rendered twice is the same text.
 */
export function freshLink([key]: LinkKeys, owner: LinkOwner, now: number): string {
  return linkToken(key, owner, Math.floor((now + LINK_LIFE) / DAY));
}

/** The number whose page a token opens at `now` (epoch ms), unless the link was withdrawn. */
export function readLink(keys: LinkKeys, token: string, now: number): ReadLink {
  const bytes = Buffer.from(token, 'base64url');
  // base64url can spell the same bytes in several ways. Only our spelling is accepted.
  if (bytes.length !== BLOCK || bytes.toString('base64url') !== token) return { kind: 'invalid' };
  const read = keys.map((key) => readBlock(key, bytes, now));
  return read.find(({ kind }) => kind !== 'invalid') ?? { kind: 'invalid' };
}

function readBlock(key: Buffer, bytes: Buffer, now: number): ReadLink {
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const block = Buffer.concat([decipher.update(bytes), decipher.final()]);
  const [today, lastDay] = [Math.floor(now / DAY), block.readUInt16BE(ID_BYTES)];
  // A later last day cannot be in a link of ours.
  if (!block.subarray(ZEROS_AT).equals(ZEROS) || lastDay > today + LINK_LIFE / DAY + 1) return { kind: 'invalid' };
  const owner = { id: block.subarray(0, ID_BYTES), epoch: block.readUIntBE(EPOCH_AT, 3) };
  return { kind: today > lastDay ? 'expired' : 'ok', owner };
}

const TOKEN_IN_TEXT = /(?<![\w-])[\w-]{22}(?![\w-])/g;

/**
 * A text for other readers than its receiver: without the tokens of links, because each token opens a person's page.
 */
export function withoutLinks(keys: LinkKeys, text: string, now: number): string {
  return text.replaceAll(TOKEN_IN_TEXT, (token) => (readLink(keys, token, now).kind === 'invalid' ? token : '******'));
}
