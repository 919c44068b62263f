import { expect, it } from 'vitest';
import { changedFields } from '../../../domain/access/audit.ts';

it('only fields that differ are told, by their path, with what they were and what they are', () => {
  const before = { id: 'a', links: { shop: 'x', support: 's' }, limits: { messagesPerDay: 5 } };
  const after = { id: 'a', links: { shop: 'y', support: 's' }, supportPhone: '02' };
  expect(changedFields(before, after)).toEqual({
    before: { 'links.shop': 'x', 'limits.messagesPerDay': 5, supportPhone: null },
    after: { 'links.shop': 'y', 'limits.messagesPerDay': null, supportPhone: '02' },
  });
});

it('what is the same is no change', () => {
  expect(changedFields({ a: { b: [1, 2] } }, { a: { b: [1, 2] } })).toBeUndefined();
  expect(changedFields({ a: [{ x: 1, y: 2 }] }, { a: [{ y: 2, x: 1 }] })).toBeUndefined();
});

it('a catalogue is told by its length', () => {
  const before = { products: [{ match: ['A'] }] };
  expect(changedFields(before, { products: [{ match: ['B'] }, { match: ['C'] }] })).toEqual({
    before: { products: { entries: 1 } },
    after: { products: { entries: 2 } },
  });
});
