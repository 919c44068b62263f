import { expect, it } from 'vitest';
import type { Posted, StatusKey } from './webhooks/judge.ts';
import { lostOf } from './webhooks/judge.ts';

const posted = (key: StatusKey, status: number, ms = 1): Posted => ({ key, status, ms });

it('a status that was answered 2xx and is not stored is lost', () => {
  const posts = [posted('a submitted', 200), posted('a delivered', 200), posted('b submitted', 200)];
  expect(lostOf(posts, new Set<StatusKey>(['a submitted', 'b submitted']))).toEqual(['a delivered']);
});

it('one that was refused or not answered is not lost: the provider comes again', () => {
  expect(lostOf([posted('a submitted', 503), posted('a delivered', 0)], new Set())).toEqual([]);
});

it('one that was answered the second time only is looked for all the same', () => {
  expect(lostOf([posted('a submitted', 503), posted('a submitted', 200)], new Set())).toEqual(['a submitted']);
});
