/** What a run of the demo came to, and what did not come as expected. */
import type { Played } from './play.ts';
import { expectation } from './timeline.ts';

export interface Totals {
  readonly orders: number;
  readonly virtualDays: number;
  readonly wallSeconds: number;
  readonly messages: number;
  readonly segments: number;
  readonly moved: Readonly<Record<string, number>>;
  readonly notSent: Readonly<Record<string, number>>;
}

export function totalsOf(played: readonly Played[]): Totals {
  const entries = played.flatMap(({ view }) => view.timeline);
  const sent = entries.flatMap((entry) => (entry.what === 'sent' ? [entry] : []));
  return {
    orders: played.length,
    virtualDays: sum(played.map(({ scenario }) => scenario.days)),
    wallSeconds: sum(played.map(({ wallMs }) => wallMs)) / 1000,
    messages: sent.length,
    segments: sum(sent.map(({ segments }) => segments)),
    moved: counts(entries.flatMap((entry) => (entry.what === 'moved' ? [entry.reason] : []))),
    notSent: counts(entries.flatMap((entry) => (entry.what === 'skipped' ? [entry.reason] : []))),
  };
}

export function showTotals({ orders, virtualDays, wallSeconds, messages, segments, moved, notSent }: Totals): string {
  return [
    `${orders} orders, ${virtualDays} virtual days in ${wallSeconds.toFixed(1)} s, ${messages} messages in ${segments} segments`,
    `moved     ${listed(moved)}`,
    `not sent  ${listed(notSent)}`,
  ].join('\n');
}

/** Every line that is missing from a timeline or too much in it; empty when all came as the scenario says. */
export function surprises({ scenario, view }: Played): string[] {
  if (!scenario.expect) return [];
  const came = view.timeline.flatMap((entry) => expectation(entry) ?? []);
  const length = Math.max(came.length, scenario.expect.length);
  return Array.from({ length }, (_, index) => index).flatMap((index) => {
    const [wanted, got] = [scenario.expect?.[index] ?? 'nothing more', came[index] ?? 'nothing more'];
    return wanted === got ? [] : [`${scenario.order}: line ${index + 1} should be "${wanted}" and is "${got}"`];
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function counts(reasons: readonly string[]): Record<string, number> {
  const counted: Record<string, number> = {};
  for (const reason of reasons) counted[reason] = (counted[reason] ?? 0) + 1;
  return counted;
}

function listed(counted: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counted).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? 'none' : entries.map(([reason, count]) => `${reason} ${count}`).join(', ');
}
