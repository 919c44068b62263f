import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LOCALES } from '../../domain/sending/message.ts';
import { createGrammar } from '../../templates/grammar.ts';
import { placeholderTable } from '../../templates/placeholder-table.ts';
import { PLACEHOLDERS } from '../../templates/placeholders.ts';
import { scopeOf } from '../../templates/values.ts';
import { fullContext, minimalContext } from './contexts.ts';

const NAMES = Object.keys(PLACEHOLDERS);

/** The print of a placeholder, with the filter its type needs. */
function printed(name: string, context = fullContext()): string {
  const grammar = createGrammar(context.locale);
  const filters: Readonly<Record<string, string>> = { money: ' | money', date: ' | date: "day"', number: ' | number' };
  const filter = filters[PLACEHOLDERS[name]?.type ?? ''] ?? '';
  return String(grammar.renderSync(grammar.parse(`{{ ${name}${filter} }}`), scopeOf([name], context)));
}

describe('the catalogue of placeholders', () => {
  it('has at least forty, in groups, each with a type, a rule for when it is missing and a description', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(NAMES.map((name) => name.split('.')[0]))).toEqual(
      new Set(['brand', 'code', 'contact', 'order', 'parcel', 'item', 'loyalty', 'time', 'opt_out']),
    );
    for (const placeholder of Object.values(PLACEHOLDERS)) {
      expect(placeholder.about).not.toBe('');
      expect(placeholder.fallback).toBeDefined();
    }
  });

  it('fills every one of them from a context that has everything', () => {
    const { order } = fullContext();
    const late = fullContext(order && { order: withoutDelivery(order) });
    const empty = NAMES.filter((name) => printed(name) === '' && printed(name, late) === '');
    // Its line depends on the place, so it comes with the place's rules.
    expect(empty).toEqual(['opt_out']);
  });

  it.each([
    ['order.items', 'Moka Express 3 tazze, Caffè 250 g'],
    ['order.otherItems', '1'],
    ['order.pieceCount', '3'],
    ['order.daysSincePlaced', '3'],
    ['order.daysSinceDelivered', '1'],
    ['item.runsOutAt', '3 apr'],
    ['loyalty.points', '12.500'],
    ['loyalty.daysAway', '90'],
    ['parcel.followUrl', 'https://brt.example/t/123456789'],
  ])('works %s out', (name, text) => {
    expect(printed(name)).toBe(text);
  });

  it('speaks of the product that the brand knows something about, wherever it stands in the order', () => {
    const { items } = fullContext();
    expect(printed('item.title', fullContext({ items: items.toReversed() }))).toBe('Moka Express 3 tazze');
  });

  it('puts words in the place of a missing title, in every language', () => {
    for (const locale of LOCALES) {
      const context = minimalContext({ locale, items: [] });
      expect(printed('item.title', context)).not.toBe('');
    }
  });
});

describe('docs/templates.md', () => {
  it('holds the table of the catalogue word for word', () => {
    expect(readFileSync(new URL('../../docs/templates.md', import.meta.url), 'utf8')).toContain(placeholderTable());
  });
});

describe('cli/templates.ts', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [fileURLToPath(new URL('../../cli/templates.ts', import.meta.url)), ...args], {
      encoding: 'utf8',
    });

  it('prints the table, checks the texts, and fails with a usage line otherwise', () => {
    expect(run('placeholders').stdout.trim()).toBe(placeholderTable());
    expect(run('check')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^en: \d+ texts, .*\nit: .*\nko: .*\n$/),
    });
    expect(run('chekc')).toMatchObject({ status: 2, stderr: expect.stringContaining('usage: ') });
    expect(run('check', '/nowhere').status).toBe(1);
  });
});

function withoutDelivery<T extends { deliveredAt?: number; promisedAt?: number }>(order: T): T {
  const { deliveredAt: _at, ...rest } = order;
  return { ...rest, promisedAt: fullContext().now - 2 * 86_400_000 } as T;
}
