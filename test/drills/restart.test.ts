import { describe, expect, it } from 'vitest';
import type { RestartLedgerEntry, RestartTakenMessage } from './restart/judge.ts';
import { judgeRestart } from './restart/judge.ts';
import type { Errand } from './restart/load.ts';
import { recoveryFrom, stillWaiting } from './restart/recovery.ts';
import { runDrillProgram } from '../helpers/drill.ts';

const phone = '+393480000001';
const errand = (about: Partial<Errand> = {}): Errand => ({
  order: 'order-1',
  phone,
  kind: 'order_confirmation',
  fate: 'sent',
  triedAt: 1_000,
  acknowledgedAt: 1_100,
  ...about,
});
const entry = (about: Partial<RestartLedgerEntry> = {}): RestartLedgerEntry => ({
  phone,
  kind: 'order_confirmation',
  state: 'delivered',
  clientRefs: ['a'],
  ...about,
});
const taken = (about: Partial<RestartTakenMessage> = {}): RestartTakenMessage => ({
  to: phone,
  clientRef: 'a',
  acceptedAt: 2_000,
  ...about,
});

describe('the judge', () => {
  const clean = { lost: 0, duplicated: 0, unexplained: 0 };

  it('is content when the provider took once what was acknowledged, with the attempt that failed before', () => {
    expect(judgeRestart([errand()], [entry({ clientRefs: ['a', 'b'] })], [taken({ clientRef: 'b' })])).toEqual(clean);
  });

  it('calls lost what was acknowledged and never taken, whether or not the ledger has it', () => {
    expect(judgeRestart([errand()], [], [])).toEqual({ ...clean, lost: 1 });
    expect(judgeRestart([errand()], [entry({ state: 'planned', clientRefs: [] })], [])).toEqual({ ...clean, lost: 1 });
  });

  it('calls duplicated what was taken twice, as one message or as two', () => {
    expect(judgeRestart([errand()], [entry()], [taken(), taken()])).toMatchObject({ duplicated: 1 });
    const twice = [entry(), entry({ clientRefs: ['b'] })];
    expect(judgeRestart([errand()], twice, [taken(), taken({ clientRef: 'b' })])).toMatchObject({ duplicated: 1 });
  });

  it('calls duplicated what was taken and was to be withheld', () => {
    expect(judgeRestart([errand({ fate: 'withheld' })], [entry()], [taken()])).toMatchObject({ duplicated: 1 });
    const withheld = [entry({ state: 'suppressed', clientRefs: [] })];
    expect(judgeRestart([errand({ fate: 'withheld' })], withheld, [])).toEqual(clean);
  });

  it('calls unexplained a message that no worker sent, and one whose receipt the ledger does not know', () => {
    expect(judgeRestart([], [], [taken()])).toEqual({ ...clean, unexplained: 1 });
    expect(judgeRestart([errand()], [entry({ state: 'accepted' })], [taken()])).toEqual({ ...clean, unexplained: 1 });
  });
});

describe('recovery', () => {
  const outage = { downAt: 1_500, backAt: 3_000 };

  it('counts from the return of what was away, and only what had waited for it', () => {
    const errands = [errand(), errand({ phone: '+393480000002', triedAt: 3_500 })];
    const arrivals = [taken({ acceptedAt: 4_000 }), taken({ to: '+393480000002', acceptedAt: 3_600 })];
    expect(recoveryFrom(outage, errands, arrivals)).toEqual({ firstMs: 600, waitsMs: [1_000] });
  });

  it('is over when nothing that was tried before is left unacknowledged or unsent', () => {
    const { acknowledgedAt: _, ...unheard } = errand();
    expect(stillWaiting(3_000, [errand()], [taken()])).toBe(0);
    expect(stillWaiting(3_000, [errand()], [])).toBe(1);
    expect(stillWaiting(3_000, [unheard], [taken()])).toBe(1);
    expect(stillWaiting(3_000, [errand({ triedAt: 3_500 })], [])).toBe(0);
  });
});

it(
  'each part is killed and ten seconds pass without Temporal: all that was acknowledged is sent once',
  { timeout: 900_000 },
  async () => {
    const args = ['--passes', 'kill', '--away', '10', '--pause', '1', '--rate', '1'];
    const { code, figures, output } = await runDrillProgram('restart', ...args);
    expect([code, figures], output).toEqual([
      0,
      expect.objectContaining({ lost: 0, duplicated: 0, unexplained: 0, endedByThemselves: 0 }),
    ]);
  },
);
