/** Compares the ledger with the provider's records of a period, for the program `reconcile` and for the drills. */
import type { Db } from '../db/connection/connect.ts';
import { attemptsBetween, attemptsOfRefs } from '../db/sending/ledger/ledger-attempts.ts';
import type { SettleRules } from '../domain/sending/ledger.ts';
import { CLOCK_SKEW, mayBeTakenFor } from '../domain/sending/ledger.ts';
import type { Comparison } from '../domain/sending/reconcile.ts';
import { compare } from '../domain/sending/reconcile.ts';
import type { ProviderRecords, RecordAnswer } from '../vonage/port.ts';

export interface ReconcileSettings {
  readonly db: Db;
  readonly records: Pick<ProviderRecords, 'list'>;
  /** Epoch ms, both ends included: of attempts when they were submitted, of records when they were taken. */
  readonly from: number;
  readonly until: number;
  readonly settling: SettleRules;
  readonly now: number;
}

/** `unavailable`: the provider's records were incomplete, so there is no result. */
export async function reconcile(
  settings: ReconcileSettings,
): Promise<({ readonly kind: 'compared' } & Comparison) | Extract<RecordAnswer, { kind: 'unavailable' }>> {
  const { db, records, from, until, settling, now } = settings;
  const answer = await records.list({ from: from - CLOCK_SKEW, until: until + mayBeTakenFor(settling) + CLOCK_SKEW });
  if (answer.kind === 'unavailable') return answer;
  const attempts = await attemptsBetween(db, from, until);
  const known = new Set(attempts.map(({ clientRef }) => clientRef));
  const others = answer.records.flatMap(({ clientRef }) =>
    clientRef === undefined || known.has(clientRef) ? [] : [clientRef],
  );
  const all = [...attempts, ...(await attemptsOfRefs(db, others))];
  const distinct = [...new Map(all.map((attempt) => [attempt.clientRef, attempt])).values()];
  return { kind: 'compared', ...compare(distinct, answer.records, { from, until, now }, settling) };
}
