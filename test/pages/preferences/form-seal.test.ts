import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { FORM_LIFE, checkForm, formToken, isSameOrigin } from '../../../pages/preferences/form-seal.ts';

const key = randomBytes(32);
const NOW = Date.UTC(2026, 2, 3, 11);
const form = { action: 'save', link: 'AAAA', shown: '["tips"]' };
const token = formToken(key, form, NOW);

it('a form of ours is taken for two hours, and is told from a forged one afterwards', () => {
  expect(checkForm([key], form, token, NOW + FORM_LIFE)).toBe('ok');
  expect(checkForm([key], form, token, NOW + FORM_LIFE + 1)).toBe('stale');
});

it.each([
  ["another person's page", { ...form, link: 'AAAB' }, token],
  ['another content than was shown', { ...form, shown: '[]' }, token],
  ['another action than its button', { ...form, action: 'erase' }, token],
  ['a boundary that was moved', { action: 'save', link: 'AAAA[', shown: '"tips"]' }, token],
  ['no token', form, ''],
  ['a token of nothing', form, '.'],
  ['a moment that was moved', form, token.replace(/^\w/, (sign) => (sign === '1' ? '2' : '1'))],
  ['a MAC that was cut', form, token.slice(0, -2)],
  ['another key', form, formToken(randomBytes(32), form, NOW)],
  ['a number that is none', form, `NaN.${token.split('.')[1]}`],
])('a form with %s is forged', (_name, sent, given) => {
  expect(checkForm([key], sent, given, NOW)).toBe('forged');
});

it.each([
  ['same-origin', '', true],
  ['same-origin', 'null', true],
  ['same-site', '', false],
  ['cross-site', 'https://choices.example', false],
  ['none', '', false],
  ['', 'https://choices.example', true],
  ['', 'https://evil.example', false],
  ['', 'https://choices.example.evil.example', false],
  ['', 'nonsense', false],
  ['', '', true],
])('a request with Sec-Fetch-Site "%s" and Origin "%s" is ours: %s', (secFetchSite, origin, ours) => {
  expect(isSameOrigin({ secFetchSite, origin }, ['choices.example'])).toBe(ours);
});
