import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY } from '../../domain/duration.ts';
import { LINK_LIFE, freshLink, linkToken, readLink } from '../../pages/link.ts';

const key = randomBytes(32);
const keys = [key] as const;
const NOW = Date.UTC(2026, 2, 3, 11);
const contacts = fc.integer({ min: 1, max: 2 ** 48 - 1 });

it('opens the page of whom it was made for, and of nobody else', () => {
  fc.assert(
    fc.property(contacts, (contact) => {
      expect(readLink(keys, freshLink(keys, contact, NOW), NOW)).toEqual({ kind: 'ok', contact });
    }),
  );
});

it('fits into 24 characters of a message, 19 for the first four billion people', () => {
  expect(freshLink(keys, 2 ** 48 - 1, NOW)).toHaveLength(22);
  expect(freshLink(keys, 2 ** 32 - 1, NOW)).toHaveLength(19);
  expect(freshLink(keys, 1, NOW)).toMatch(/^[\w-]{15}$/);
});

it('holds for 60 days at least and through its last day, and not a day longer', () => {
  const token = freshLink(keys, 7, NOW);
  const lastDay = Math.floor((NOW + LINK_LIFE) / DAY) * DAY;
  expect(lastDay - NOW).toBeGreaterThan(60 * DAY);
  expect(readLink(keys, token, lastDay + DAY - 1).kind).toBe('ok');
  expect(readLink(keys, token, lastDay + DAY).kind).toBe('expired');
});

it('with any character changed, taken away or added is no link, whatever the clock says', () => {
  const token = freshLink(keys, 1234, NOW);
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

it("signed with another key, or with another purpose's words, is no link", () => {
  expect(readLink([randomBytes(32)], freshLink(keys, 7, NOW), NOW).kind).toBe('invalid');
  const head = Buffer.from([7, 0xff, 0xff]);
  const plain = createHmac('sha256', key).update(head).digest().subarray(0, 8);
  expect(readLink(keys, Buffer.concat([head, plain]).toString('base64url'), NOW).kind).toBe('invalid');
});

it('made with a former key opens its page as long as that key is on the list, and new ones are made with the first', () => {
  const renewed = [randomBytes(32), key] as const;
  expect(readLink(renewed, freshLink(keys, 7, NOW), NOW)).toEqual({ kind: 'ok', contact: 7 });
  expect(readLink(keys, freshLink(renewed, 7, NOW), NOW)).toEqual({ kind: 'invalid' });
  expect(readLink([renewed[0]], freshLink(keys, 7, NOW), NOW)).toEqual({ kind: 'invalid' });
});

it('any text is read without an error', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(readLink(keys, text, NOW).kind).toBe('invalid');
    }),
  );
});

it('an expiry day that was moved is a changed link', () => {
  const [mine, later] = [
    linkToken(key, { contact: 7, expiresOn: 20_000 }),
    linkToken(key, { contact: 7, expiresOn: 20_001 }),
  ];
  const [a, b] = [Buffer.from(mine, 'base64url'), Buffer.from(later, 'base64url')];
  const forged = Buffer.concat([b.subarray(0, 3), a.subarray(3)]).toString('base64url');
  expect(readLink(keys, forged, 19_000 * DAY)).toEqual({ kind: 'invalid' });
});
