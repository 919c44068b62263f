import { mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportDaily, startEvidenceExport } from '../../../app/background/evidence-export.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import type { EvidenceHead } from '../../../queries/access/evidence.ts';
import { isMadeWithKeys, verifyEvidence } from '../../../queries/access/evidence.ts';
import { DAY, HOUR } from '../../../domain/time/duration.ts';
import { rules } from '../../helpers/rules.ts';
import { keys } from '../../helpers/keys.ts';
import type { Ledger } from '../../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder } from '../../helpers/ledger.ts';

let ledger: Ledger;
let other: Db;
let folder: string;
beforeEach(async () => {
  ledger = await openLedger();
  other = connect(ledger.url, { poolMax: 2 });
  folder = await mkdtemp(join(tmpdir(), 'dopo-evidence-'));
  await placedOrder(ledger.db);
});
afterEach(async () => {
  await other.destroy();
  await ledger.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (now: number, db = ledger.db, to = folder): Promise<void> =>
  exportDaily({ db, folder: to, keys: keys.evidence, clock: { now: () => now } });

async function headsOf(file: string): Promise<EvidenceHead[]> {
  const lines = (await readFile(join(folder, file), 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as EvidenceHead);
}

const age = async (now: number): Promise<string | undefined> => {
  const metrics = createMetrics(ledger.db, rules.packs, { now: () => now }, { evidence: true });
  return /^dopo_evidence_export_age_seconds (\S+)$/m.exec(await metrics.text())?.[1];
};

describe('heads of the evidence', () => {
  it('are written once a day by one of several processes, and a check takes them', async () => {
    await Promise.all([run(NOON), run(NOON, other), run(NOON), run(NOON, other)]);
    await run(NOON + HOUR, other);
    expect(await readdir(folder)).toEqual(['2026-03-03.jsonl']);
    const heads = await headsOf('2026-03-03.jsonl');
    expect(heads).toMatchObject([{ brand: brand.id, consents: { entries: 2 } }]);
    expect(heads.every((head) => isMadeWithKeys(keys.evidence, head))).toBe(true);
    for (const chain of ['audit', 'consents'] as const)
      expect((await verifyEvidence(ledger.db, brand.id, chain, heads)).flaws).toEqual([]);
  });

  it('have a file of their own on the next day', async () => {
    await run(NOON);
    await placedOrder(ledger.db);
    await run(NOON + DAY);
    expect((await readdir(folder)).toSorted()).toEqual(['2026-03-03.jsonl', '2026-03-04.jsonl']);
    expect(await headsOf('2026-03-04.jsonl')).toMatchObject([{ consents: { entries: 4 } }]);
  });

  it('that could not be written are not done: another process or a later look writes those of the same day', async () => {
    const away = join(folder, 'not-mounted');
    await expect(run(NOON, ledger.db, away)).rejects.toThrow('ENOENT');
    expect(await age(NOON)).toBe('+Inf');
    await run(NOON + HOUR, other);
    expect(await headsOf('2026-03-03.jsonl')).toHaveLength(1);
  });

  it('are not written to a folder that is made for them, and the line that says so has no secret', async () => {
    const away = join(folder, 'not-mounted');
    const lines: string[] = [];
    const said = Promise.withResolvers<void>();
    const log = pino({}, { write: (line: string) => said.resolve(void lines.push(line)) });
    const clock = { now: () => NOON };
    const running = startEvidenceExport({ db: ledger.db, folder: away, keys: keys.evidence, clock, log });
    await said.promise;
    await running.stop();
    expect(await readdir(folder)).toEqual([]);
    expect(lines).toEqual([expect.stringContaining('heads of the evidence not exported')]);
    for (const key of keys.evidence)
      for (const spelling of ['hex', 'base64'] as const) expect(lines[0]).not.toContain(key.toString(spelling));
    await mkdir(away);
    await run(NOON, other, away);
    expect(await readdir(away)).toEqual(['2026-03-03.jsonl']);
  });

  it('have an age', async () => {
    await run(NOON);
    expect(await age(NOON + HOUR)).toBe('3600');
  });
});
