/** Writes the heads of the chains of all brands outside the database, once a day. */
import { appendFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Db } from '../../db/connection/connect.ts';
import type { EvidenceHead, EvidenceKeys } from '../../queries/access/evidence.ts';
import { exportHeads } from '../../queries/access/evidence.ts';
import { oncePerDay } from '../../db/access/evidence-exports.ts';
import type { Clock } from '../../domain/time/clock.ts';
import { MINUTE } from '../../domain/time/duration.ts';
import type { Periodic } from '../../engine/periodic.ts';
import { startPeriodic } from '../../engine/periodic.ts';

/**
 * Ms between two checks. It is also the longest delay of a day's export and the time before a failed export is
 * repeated. Most checks find the day exported, with one statement.
 */
const LOOK_EVERY_MS = 10 * MINUTE;

export interface EvidenceExportDeps {
  readonly db: Db;
  /**
   * The folder must exist. If it were made here, and its volume were not mounted, the heads would not be outside the
   * host.
   */
  readonly folder: string;
  readonly keys: EvidenceKeys;
  readonly clock: Clock;
  readonly log: Logger;
}

export function startEvidenceExport(deps: EvidenceExportDeps): Periodic {
  return startPeriodic(
    { everyMs: LOOK_EVERY_MS, failed: 'heads of the evidence not exported, and tried again', log: deps.log },
    () => exportDaily(deps),
  );
}

/** Undone if the folder cannot be written to, so that the next check tries again. */
export async function exportDaily({ db, folder, keys, clock }: Omit<EvidenceExportDeps, 'log'>): Promise<void> {
  const now = await clock.now();
  await oncePerDay(db, now, async () => {
    await appendHeads(folder, await exportHeads(db, keys, now), now);
  });
}

/**
 * Adds a line per head to the file of the UTC day of `now` (epoch ms) and returns its path. An empty line comes first if there are some
 * already: one that was cut off by a full disk stays a line of its own.
 */
export async function appendHeads(folder: string, heads: readonly EvidenceHead[], now: number): Promise<string> {
  const file = join(folder, `${new Date(now).toISOString().slice(0, 10)}.jsonl`);
  const begun = await stat(file).then(
    ({ size }) => size > 0,
    () => false,
  );
  const lines = heads.map((head) => `${JSON.stringify(head)}\n`).join('');
  await appendFile(file, begun ? `\n${lines}` : lines, { flush: true });
  return file;
}
