/** Totals of a run of the demo, and lines that did not come as expected. */
import type { PlayedOrder } from './play.ts';
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

export function totalsOf(played: readonly PlayedOrder[]): Totals {
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

/**
 * Every line that is missing from a timeline or that the scenario does not expect; empty if all is as expected. Lines
 * of the same minute have no order.
 */
export function surprises({ scenario, view }: PlayedOrder): string[] {
  if (!scenario.expect) return [];
  const expected = [...scenario.expect];
  const found: string[] = [];
  for (const came of minutes(view.timeline)) {
    const wanted = expected.splice(0, came.length);
    const complaint = difference(wanted, came);
    if (complaint) found.push(`${scenario.order}: ${complaint}`);
  }
  return expected.length === 0 ? found : [...found, `${scenario.order}: did not come: ${expected.join(', ')}`];
}

/** The lines of a timeline, minute by minute. */
function minutes(timeline: PlayedOrder['view']['timeline']): string[][] {
  const grouped = new Map<string, string[]>();
  for (const entry of timeline) {
    const line = expectation(entry);
    const minute = entry.at.slice(0, 'yyyy-mm-ddThh:mm'.length);
    if (line !== undefined) grouped.set(minute, [...(grouped.get(minute) ?? []), line]);
  }
  return [...grouped.values()];
}

function difference(wanted: readonly string[], came: readonly string[]): string | undefined {
  const [left, right] = [wanted.toSorted().join(', '), came.toSorted().join(', ')];
  return left === right ? undefined : `should be "${left || 'nothing more'}" and is "${right}"`;
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
