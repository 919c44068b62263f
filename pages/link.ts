/** Links of messages: who may open the preference page of whom, and until when. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { DAY } from '../domain/duration.ts';

/**
 * How long a link opens its page, ms. The way to refuse that a message names has to work for 60 days in Canada (CASL,
 * S.C. 2010, c. 23, s. 11(2)) and for 30 in the US (16 CFR 316.3); people also look for an old text.
 */
export const LINK_LIFE = 90 * DAY;

/** Bytes of the MAC: 2^64 guesses against a server that answers each of them. */
const MAC_BYTES = 8;
/** Days since 1970 in 2 bytes: until 2149. */
const DAY_BYTES = 2;
/** A number of 6 bytes is a safe integer: 281 million million contacts. */
const MOST_NUMBER_BYTES = 6;

export interface Link {
  /** The contact's short number. */
  readonly contact: number;
  /** The last day it holds, days since 1970 in UTC. */
  readonly expiresOn: number;
}

export type ReadLink =
  | { readonly kind: 'ok'; readonly contact: number }
  /** Once right, now too old. */
  | { readonly kind: 'expired' }
  /** Not made by us, or changed. */
  | { readonly kind: 'invalid' };

/** base64url of number, day and MAC: 15 characters for the first 255 contacts, 19 up to 4 billion, 22 at most. */
export function linkToken(key: Buffer, { contact, expiresOn }: Link): string {
  const head = Buffer.concat([bytesOf(contact), twoBytes(expiresOn)]);
  return Buffer.concat([head, mac(key, head)]).toString('base64url');
}

/** Non-empty, the newest first: it signs. The others open what was sent before. */
export type LinkKeys = readonly [Buffer, ...Buffer[]];

/** A link made at `now` (epoch ms). All of a day are the same, so a text that is made twice is the same text. */
export function freshLink([key]: LinkKeys, contact: number, now: number): string {
  return linkToken(key, { contact, expiresOn: Math.floor((now + LINK_LIFE) / DAY) });
}

/** Whose page a token opens at `now` (epoch ms). The MAC is compared in constant time, before anything in it is believed. */
export function readLink(keys: LinkKeys, token: string, now: number): ReadLink {
  const bytes = Buffer.from(token, 'base64url');
  const numberBytes = bytes.length - DAY_BYTES - MAC_BYTES;
  // The same bytes can be spelt in several ways: only ours counts.
  if (numberBytes < 1 || numberBytes > MOST_NUMBER_BYTES || bytes.toString('base64url') !== token)
    return { kind: 'invalid' };
  const head = bytes.subarray(0, numberBytes + DAY_BYTES);
  const isRight = (key: Buffer): boolean => timingSafeEqual(bytes.subarray(-MAC_BYTES), mac(key, head));
  if (!keys.some(isRight)) return { kind: 'invalid' };
  if (Math.floor(now / DAY) > head.readUInt16BE(numberBytes)) return { kind: 'expired' };
  return { kind: 'ok', contact: head.readUIntBE(0, numberBytes) };
}

function mac(key: Buffer, head: Buffer): Buffer {
  return createHmac('sha256', key).update('link 1').update(head).digest().subarray(0, MAC_BYTES);
}

function bytesOf(number: number): Buffer {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
}

function twoBytes(number: number): Buffer {
  const bytes = Buffer.alloc(DAY_BYTES);
  bytes.writeUInt16BE(number);
  return bytes;
}
