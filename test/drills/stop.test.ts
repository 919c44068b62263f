import { describe, expect, it } from 'vitest';
import type { Commit } from './stop/judge.ts';
import { lateSubmissions } from './stop/judge.ts';
import { runDrillProgram } from '../helpers/drill.ts';

const PROGRAM_LIMIT = 900_000;

describe('the judge', () => {
  const token = '+393471000000';
  const submission = (about: Partial<Extract<Commit, { kind: 'submission' }>> = {}): Commit => ({
    kind: 'submission',
    message: 'm1',
    contact: 'c1',
    class: 'promotional',
    token,
    ...about,
  });
  const text = (stopped: boolean, saidAt: number): Commit => ({
    kind: 'suppression',
    token,
    stopped,
    word: { saidAt, id: saidAt },
  });
  const consent = (withdrawn: boolean, saidAt: number): Commit => ({
    kind: 'consent',
    contact: 'c1',
    class: 'promotional',
    withdrawn,
    word: { saidAt, id: saidAt },
  });

  it('calls a submission late that was committed after a STOP, and no other', () => {
    expect(lateSubmissions([submission(), text(true, 1)])).toEqual([]);
    expect(lateSubmissions([text(true, 1), submission()])).toEqual(['m1']);
    expect(lateSubmissions([text(true, 1), submission({ token: '+393471000001' })])).toEqual([]);
  });

  it('goes by what a person said last, not by what arrived last', () => {
    expect(lateSubmissions([text(true, 1), text(false, 2), submission()])).toEqual([]);
    expect(lateSubmissions([text(true, 3), text(false, 2), submission()])).toEqual(['m1']);
  });

  it('calls a submission late whose class was withdrawn before, and none of another class', () => {
    expect(lateSubmissions([consent(false, 1), submission(), consent(true, 2)])).toEqual([]);
    expect(lateSubmissions([consent(false, 1), consent(true, 2), submission()])).toEqual(['m1']);
    expect(lateSubmissions([consent(true, 2), submission({ class: 'transactional' })])).toEqual([]);
  });
});

it(
  'in 300 races nothing is submitted after a committed no, nor handed over before its submission is committed',
  { timeout: PROGRAM_LIMIT },
  async () => {
    const { code, output, figures } = await runDrillProgram('stop', '--races', '300', '--seed', 'tests');
    expect([code, figures], output).toEqual([0, expect.objectContaining({ races: 300, violations: 0 })]);
  },
);

it('the drill finds each of the planted bugs', { timeout: PROGRAM_LIMIT }, async () => {
  // The planted bug `no_bump` drops the triggers for good, and leads to no early call.
  const bugs = ['no_compare', 'no_bump', 'late_commit'];
  const { code, output, figures } = await runDrillProgram(
    'stop',
    '--races',
    '1200',
    '--seed',
    'tests',
    '--bug',
    bugs.join(),
  );
  const some = expect.toSatisfy((count: number) => count > 0) as number;
  expect(code, output).toBe(1);
  expect(figures, output).toMatchObject({
    found: {
      no_compare: { sentAfterNo: some },
      no_bump: { sentAfterNo: some },
      late_commit: { calledBeforeCommit: some },
    },
  });
});
