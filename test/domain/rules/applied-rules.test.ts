import { describe, expect, it } from 'vitest';
import { applyRules, inForce, lineageOf, rowsOfKind } from '../../../domain/rules/applied-rules.ts';
import type { MessageClass } from '../../../domain/sending/message.ts';
import type { Row, Rule, RulePack, RulePacks } from '../../../domain/rules/rule-pack.ts';
import { hours } from '../../helpers/send-facts.ts';

const NOW = Date.UTC(2027, 0, 15, 12);

function line(
  id: string,
  rule: Rule,
  classes: readonly MessageClass[] = ['promotional'],
  dates: Partial<Row> = {},
): Row {
  return {
    id,
    rule,
    classes,
    says: id,
    basis: 'statute',
    confidence: 'B',
    sources: [{ title: 'test', seen: '2026-11-21' }],
    ...dates,
  };
}

function packs(...all: readonly (Pick<RulePack, 'id' | 'rows'> & { readonly parent?: string })[]): RulePacks {
  const described = all.map((pack) => [
    pack.id,
    { name: pack.id, version: `v-${pack.id}`, asOf: '2026-11-21', reviewBy: '2027-11-21', ...pack },
  ]);
  return { packs: Object.fromEntries(described) as RulePacks['packs'], calendars: {} };
}

const WORLD = packs(
  {
    id: 'default',
    rows: [
      line('default.hours', hours('09:00', '20:00')),
      line('default.courtesy', hours('08:00', '21:00'), ['transactional']),
    ],
  },
  {
    id: 'US',
    rows: [
      line('us.hours', hours('08:00', '21:00')),
      line('us.cap', { kind: 'cap', max: 9, per: 'P7D', scope: 'contact' }),
    ],
  },
  { id: 'US-FL', parent: 'US', rows: [line('us-fl.hours', hours('08:00', '20:00'))] },
  { id: 'US-OK', parent: 'US', rows: [] },
  { id: 'IT', rows: [line('it.feedback', { kind: 'consent', accepts: 'none' }, ['service_feedback'])] },
);

const ids = (jurisdictions: readonly string[], messageClass: MessageClass = 'promotional', now = NOW) =>
  applyRules(WORLD, jurisdictions, messageClass, now).rows.map(({ id }) => id);

describe('the rules of a place', () => {
  it('are its own, and of the kinds it says nothing about those of its parent and of the default', () => {
    expect(ids(['US-FL'])).toEqual(['us-fl.hours', 'us.cap']);
    expect(ids(['US-OK'])).toEqual(['us.hours', 'us.cap']);
    expect(ids(['US-FL'], 'transactional')).toEqual(['default.courtesy']);
    expect(lineageOf(WORLD, 'US-FL').map(({ id }) => id)).toEqual(['US-FL', 'US', 'default']);
  });

  it('are those of all places that may apply, a shared one once', () => {
    expect(ids(['US-FL', 'US-OK'])).toEqual(['us-fl.hours', 'us.cap', 'us.hours']);
  });

  it('are the default ones where no pack is known', () => {
    const applied = applyRules(WORLD, ['ZZ'], 'promotional', NOW);
    expect(applied.jurisdictions).toEqual(['default']);
    expect(applied.packs).toEqual(['default@v-default']);
    expect(rowsOfKind(applied, 'hours').map(({ id }) => id)).toEqual(['default.hours']);
  });

  it('treat feedback as a promotion, kind by kind, where no row speaks of feedback', () => {
    expect(ids(['IT'], 'service_feedback')).toEqual(['it.feedback', 'default.hours']);
    expect(ids(['US-FL'], 'service_feedback')).toEqual(['us-fl.hours', 'us.cap']);
  });
});

describe('a dated rule', () => {
  const dated = (from?: string, to?: string): Row =>
    line('x', hours('08:00', '20:00'), ['promotional'], {
      ...(from !== undefined && { effectiveFrom: from }),
      ...(to !== undefined && { effectiveTo: to }),
    });

  it('holds while its day is one anywhere on Earth', () => {
    expect(inForce(dated('2027-01-31'), Date.UTC(2027, 0, 30, 9, 59))).toBe(false);
    expect(inForce(dated('2027-01-31'), Date.UTC(2027, 0, 30, 10))).toBe(true);
    expect(inForce(dated(undefined, '2027-01-30'), Date.UTC(2027, 0, 31, 11, 59))).toBe(true);
    expect(inForce(dated(undefined, '2027-01-30'), Date.UTC(2027, 0, 31, 12))).toBe(false);
  });

  it('that follows another holds beside it for a day, so that the stricter of the two counts', () => {
    const both = packs({ id: 'default', rows: [dated(undefined, '2027-01-30'), { ...dated('2027-01-31'), id: 'y' }] });
    expect(applyRules(both, [], 'promotional', Date.UTC(2027, 0, 31)).rows.map(({ id }) => id)).toEqual(['x', 'y']);
  });
});
