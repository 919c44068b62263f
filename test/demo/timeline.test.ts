import { expect, it } from 'vitest';
import type { PlayedOrder } from '../../demo/play.ts';
import { usualScenario } from '../../demo/scenario.ts';
import { showPlayed } from '../../demo/timeline.ts';

it('the first line of an order says on which day of which year it was placed, in the customer’s zone', () => {
  const scenario = usualScenario('a.json', 'Europe/Rome');
  const view = { name: '#1043', zones: ['Asia/Seoul'], timeline: [] } as unknown as PlayedOrder['view'];
  const placedAt = Date.parse('2026-12-31T23:30:00Z');
  const [first] = showPlayed({ scenario, view, notes: [], placedAt, wallMs: 1500 }, 150).split('\n');
  expect(first).toMatch(/^Order #1043 {3}.* {3}placed 01 Jan 2027 .*92 days in 1\.5 s$/);
});
