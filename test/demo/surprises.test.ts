import { describe, expect, it } from 'vitest';
import type { PlayedOrder } from '../../demo/play.ts';
import { usualScenario } from '../../demo/scenario.ts';
import { surprises, totalsOf } from '../../demo/totals.ts';

type Entry = PlayedOrder['view']['timeline'][number];
const about = { key: 'shipped', kind: 'shipped', channel: 'sms' } as const;
const sent = (at: string): Entry => ({
  at,
  what: 'sent',
  ...about,
  class: 'transactional',
  segments: 2,
  text: 'x',
  state: 'delivered',
});
const skipped = (at: string): Entry => ({
  at,
  what: 'skipped',
  ...about,
  reason: 'superseded',
  rule: 'journey.superseded',
});

function played(timeline: readonly Entry[], expect?: readonly string[]): PlayedOrder {
  const scenario = { ...usualScenario('a.json', 'Europe/Rome'), ...(expect && { expect: [...expect] }) };
  const view = { timeline } as PlayedOrder['view'];
  return { scenario, view, notes: [], placedAt: 0, wallMs: 1500 };
}

describe('the demo’s own check', () => {
  const timeline = [
    sent('2026-03-02T10:00:01.000Z'),
    skipped('2026-03-02T10:00:02.000Z'),
    sent('2026-03-03T10:00:00.000Z'),
  ];

  it('is quiet when all came as expected, in any order within a minute', () => {
    expect(surprises(played(timeline, ['sent shipped', 'skipped shipped superseded', 'sent shipped']))).toEqual([]);
    expect(surprises(played(timeline, ['skipped shipped superseded', 'sent shipped', 'sent shipped']))).toEqual([]);
  });

  it('names a line that is missing, one too many, and one in the wrong place', () => {
    expect(surprises(played(timeline, ['skipped shipped superseded', 'sent shipped']))).toHaveLength(1);
    expect(
      surprises(played(timeline, ['sent shipped', 'skipped shipped superseded', 'sent shipped', 'sent shipped'])),
    ).toEqual(['a.json: did not come: sent shipped']);
    expect(surprises(played(timeline, ['sent shipped', 'sent shipped', 'skipped shipped superseded']))).toHaveLength(2);
  });

  it('totals count messages, segments, days and reasons', () => {
    expect(totalsOf([played(timeline)])).toEqual({
      orders: 1,
      virtualDays: 92,
      wallSeconds: 1.5,
      messages: 2,
      segments: 4,
      moved: {},
      notSent: { superseded: 1 },
    });
  });
});
