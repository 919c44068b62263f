/** The findings of the send drill, for people to read. */
import type { Cell } from '../../../kit/report.ts';
import { table } from '../../../kit/report.ts';
import type { BeyondFigures } from './beyond.ts';
import type { Judged, Verdict } from './judge.ts';
import { VERDICTS } from './judge.ts';
import type { KillPoint, Point } from './plan.ts';
import { CLASSES, FAULTS, POINTS } from './plan.ts';

export type Tally = Readonly<Record<Verdict, number>>;

export function tally(messages: readonly Judged[]): Tally {
  const count = (wanted: Verdict): number => messages.filter(({ verdict }) => verdict === wanted).length;
  return {
    once: count('once'),
    given_up: count('given_up'),
    duplicated: count('duplicated'),
    lost: count('lost'),
    unexplained: count('unexplained'),
  };
}

/** Points down, faults across: how many were taken once, how many given up with their reason, and what must not be. */
export function printMatrix(messages: readonly Judged[], hits: ReadonlyMap<KillPoint, number>): void {
  const points = POINTS.filter((point) => messages.some((one) => one.point === point));
  const faults = FAULTS.filter((fault) => messages.some((one) => one.fault === fault));
  const row = (point: Point): Cell[] => {
    const there = messages.filter((one) => one.point === point);
    const cells = faults.map((fault) => cell(tally(there.filter((one) => one.fault === fault))));
    return [point, point === 'no_kill' ? '-' : (hits.get(point) ?? 0), ...cells];
  };
  console.log(
    '\nTaken once +given up with its reason !duplicated, lost or unexplained; killed: messages that stood there',
  );
  table([['killed at', 'killed', ...faults], ...points.map(row)]);
}

function cell({ once, given_up: givenUp, duplicated, lost, unexplained }: Tally): string {
  const bad = duplicated + lost + unexplained;
  return `${once}${givenUp > 0 ? ` +${givenUp}` : ''}${bad > 0 ? ` !${bad}` : ''}`;
}

export function printClasses(messages: readonly Judged[]): void {
  const rows = CLASSES.map((wanted): Cell[] => {
    const its = messages.filter((one) => one.class === wanted);
    const counts = tally(its);
    return [wanted, its.length, ...VERDICTS.map((verdict) => counts[verdict])];
  });
  console.log('');
  table([['class', 'messages', ...VERDICTS.map((verdict) => verdict.replace('_', ' '))], ...rows]);
}

export function printBeyond(figures: BeyondFigures): void {
  if (figures.messages === 0) return;
  console.log(
    '\nRecords later than T2, judged apart: a transactional message may come twice, and the reconciliation finds it',
  );
  table([
    ['messages', 'promotional twice', 'transactional twice', 'given up though taken', 'lost', 'unexplained'],
    [
      figures.messages,
      figures.promotionalTwice,
      figures.transactionalTwice,
      figures.givenUpThoughTaken,
      figures.lost,
      figures.unexplained,
    ],
  ]);
}
