import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY } from '../../domain/time/duration.ts';
import { LINK_LIFE, freshLink, linkToken, readLink } from '../../pages/link.ts';

const key = randomBytes(32);
const keys = [key] as const;
const NOW = Date.UTC(2026, 2, 3, 11);
const owners = fc.record({
  id: fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
  epoch: fc.integer({ min: 0, max: 2 ** 24 - 1 }),
});
const owner = { id: randomBytes(8), epoch: 3 };

it('names the number it was made for and the epoch, and no other', () => {
  fc.assert(
    fc.property(owners, (one) => {
      expect(readLink(keys, freshLink(keys, one, NOW), NOW)).toEqual({ kind: 'ok', owner: one });
    }),
  );
});

it('fits into 24 characters of a message, for every number', () => {
  fc.assert(
    fc.property(owners, (one) => {
      expect(freshLink(keys, one, NOW)).toMatch(/^[\w-]{22}$/);
    }),
  );
});

it('tells nothing of the number or of how often it was withdrawn: every link looks like chance', () => {
  const [one, next] = [freshLink(keys, owner, NOW), freshLink(keys, { ...owner, epoch: 4 }, NOW)];
  const same = one.split('').filter((sign, at) => sign === next[at]).length;
  expect(same).toBeLessThan(6);
});

it('opens its page for 90 days and through the last of them, and not a day longer', () => {
  const token = freshLink(keys, owner, NOW);
  const lastDay = Math.floor((NOW + 90 * DAY) / DAY) * DAY;
  expect(readLink(keys, token, lastDay + DAY - 1).kind).toBe('ok');
  expect(readLink(keys, token, lastDay + DAY).kind).toBe('expired');
});

it('a link of the same day is the same link, so that a text that is made twice is the same', () => {
  expect(freshLink(keys, owner, NOW)).toBe(freshLink(keys, owner, NOW + 1000));
});

it('with any character changed, taken away or added is no link, whatever the clock says', () => {
  const token = freshLink(keys, owner, NOW);
  const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. '.split('');
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...characters), (at, other) => {
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      if (changed !== token) expect(readLink(keys, changed, NOW + 1000 * DAY)).toEqual({ kind: 'invalid' });
    }),
  );
  for (const other of ['', 'x', token.slice(1), token.slice(0, -1), `${token}A`, `${token}=`, `A${token}`])
    expect(readLink(keys, other, NOW)).toEqual({ kind: 'invalid' });
});

it('of another key, of a MAC, or of a day that no link reaches yet is no link', () => {
  expect(readLink([randomBytes(32)], freshLink(keys, owner, NOW), NOW)).not.toHaveProperty('owner.id', owner.id);
  const plain = createHmac('sha256', key).update(owner.id).digest().subarray(0, 16).toString('base64url');
  expect(readLink(keys, plain, NOW)).not.toHaveProperty('owner.id', owner.id);
  const far = Math.floor((NOW + LINK_LIFE) / DAY) + 2;
  expect(readLink(keys, linkToken(key, owner, far), NOW).kind).toBe('invalid');
  expect(readLink(keys, linkToken(key, owner, far), NOW + 2 * DAY).kind).toBe('ok');
});

it('made with a former key opens its page as long as that key is on the list, and new ones are made with the first', () => {
  const renewed = [randomBytes(32), key] as const;
  expect(readLink(renewed, freshLink(keys, owner, NOW), NOW)).toEqual({ kind: 'ok', owner });
  expect(readLink(keys, freshLink(renewed, owner, NOW), NOW)).toEqual({ kind: 'invalid' });
  expect(readLink([renewed[0]], freshLink(keys, owner, NOW), NOW)).toEqual({ kind: 'invalid' });
});

it('with anything in its spare bytes is no link', () => {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const block = Buffer.alloc(16);
  owner.id.copy(block);
  block.writeUInt16BE(Math.floor(NOW / DAY), 8);
  block[15] = 1;
  const token = Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
  expect(readLink(keys, token, NOW).kind).toBe('invalid');
});

it('any text is read without an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(readLink(keys, text, NOW).kind).toBe('invalid');
    }),
  );
});
