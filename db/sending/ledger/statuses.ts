/**
 * Statuses from the provider. They are stored as they came, and change the attempts and messages that they are about.
 */
import type { Receipt } from '../../../domain/sending/ledger.ts';
import { receiptRank } from '../../../domain/sending/ledger.ts';
import type { Db } from '../../connection/connect.ts';
import { retryDeadlock } from '../../connection/unavailable.ts';
import { timestamp } from '../../connection/timestamp.ts';

export interface StatusReport {
  readonly clientRef?: string;
  readonly providerId: string;
  readonly receipt: Receipt;
  readonly code?: string;
  readonly segments?: number;
  readonly price?: string;
  /** The sender that the status names, E.164 with `+` if it is a number. */
  readonly sender?: string;
  /** Epoch ms, by the provider's clock: part of the key that tells a repeated status. */
  readonly at: number;
}

/** The person a status is about, for what a status can say of a person: opted out, number unusable. */
export interface StatusOwner {
  readonly brand: string;
  readonly contact: string;
}

/** The outcome of a status. `told`: the inbox has news for the workflow that waits for it. */
export type StatusResult =
  | ({ readonly kind: 'stored'; readonly told: boolean } & StatusOwner)
  | { readonly kind: 'duplicate' }
  /** The status belongs to no attempt, or names another sender than its attempt. It is stored without effect. */
  | { readonly kind: 'orphan' };

const FOLD = `select * from fold_statuses(cast(:refs as text[]), cast(:own as text[]), cast(:providers as text[]), cast(:ranks as int[]),
  cast(:codes as text[]), cast(:parts as int[]), cast(:prices as text[]), cast(:senders as text[]), cast(:moments as timestamptz[]),
  cast(:now as timestamptz))`;

const FOLD_ONE = `select * from fold_status(:ref, :provider, cast(:rank as int), :code, cast(:parts as int), :price, :sender, cast(:moment as timestamptz),
  cast(:now as timestamptz))`;

interface FoldedRow {
  kind: StatusResult['kind'];
  brand: string;
  contact: string;
  told: boolean;
}

/**
 * Stores statuses and moves their messages, any number of them in one statement; what became of each, in the order given.
 * Duplicates change nothing, late ones never move a message back, and the final state does not depend on the order. Outside a
 * transaction a deadlock is tried again. `now`: epoch ms; a status from a clock ahead of it counts as of now.
 */
export async function recordStatuses(db: Db, reports: readonly StatusReport[], now: number): Promise<StatusResult[]> {
  if (reports.length === 0) return [];
  const fold = reports.length === 1 && reports[0] ? foldOne(db, reports[0], now) : foldAll(db, reports, now);
  return db.isTransaction ? fold() : retryDeadlock(fold);
}

type Fold = () => Promise<StatusResult[]>;

function foldOne(db: Db, report: StatusReport, now: number): Fold {
  const { clientRef, providerId, receipt, code, segments, price, sender, at } = report;
  const values = {
    ref: clientRef ?? null,
    provider: providerId,
    rank: receiptRank(receipt),
    code: code ?? null,
    parts: segments ?? null,
    price: price ?? null,
    sender: sender ?? null,
    moment: timestamp(at),
    now: timestamp(now),
  };
  return async () => {
    const { rows } = await db.raw<{ rows: FoldedRow[] }>(FOLD_ONE, values);
    return [toResult(rows[0], false)];
  };
}

function foldAll(db: Db, reports: readonly StatusReport[], now: number): Fold {
  const { statuses, places } = withoutCopies(reports);
  const values = toArrays(statuses, reports, now);
  return async () => {
    const { rows } = await db.raw<{ rows: FoldedRow[] }>(FOLD, values);
    return places.map(({ row, copy }) => toResult(rows[row], copy));
  };
}

/** The position of a report among the statuses, and whether an earlier report has said the same. */
interface Place {
  readonly row: number;
  readonly copy: boolean;
}

/** The different statuses in the order of their key, and the place of each report among them. */
function withoutCopies(reports: readonly StatusReport[]): { statuses: StatusReport[]; places: Place[] } {
  const keys = reports.map(keyOf);
  const first = new Map<string, number>();
  for (const [index, key] of keys.entries()) if (!first.has(key)) first.set(key, index);
  const sorted = [...first].toSorted(([one], [other]) => byCodeUnits(one, other));
  const rows = new Map(sorted.map(([key], row) => [key, row]));
  return {
    statuses: sorted.flatMap(([, index]) => reports[index] ?? []),
    places: keys.map((key, index) => ({ row: rows.get(key) ?? 0, copy: first.get(key) !== index })),
  };
}

function keyOf({ providerId, receipt, at }: StatusReport): string {
  return `${providerId} ${receipt} ${at}`;
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** `reports`: all reports of the batch, because a repeated one may name the reference that another lacks. */
function toArrays(
  statuses: readonly StatusReport[],
  reports: readonly StatusReport[],
  now: number,
): Record<string, unknown> {
  const all = <T>(value: (status: StatusReport) => T): T[] => statuses.map(value);
  const named = new Map<string, string>();
  for (const { clientRef, providerId } of reports)
    if (clientRef !== undefined) named.set(providerId, maxOf(named.get(providerId), clientRef));
  return {
    refs: all(({ clientRef }) => clientRef ?? null),
    own: all(({ clientRef, providerId }) => clientRef ?? named.get(providerId) ?? null),
    providers: all(({ providerId }) => providerId),
    ranks: all(({ receipt }) => receiptRank(receipt)),
    codes: all(({ code }) => code ?? null),
    parts: all(({ segments }) => segments ?? null),
    prices: all(({ price }) => price ?? null),
    senders: all(({ sender }) => sender ?? null),
    moments: all(({ at }) => timestamp(at)),
    now: timestamp(now),
  };
}

function maxOf(one: string | undefined, other: string): string {
  return one !== undefined && one > other ? one : other;
}

function toResult(row: FoldedRow | undefined, copy: boolean): StatusResult {
  if (!row) throw new Error('a status without a result');
  const { kind, told, brand, contact } = row;
  if (kind !== 'stored') return { kind };
  return copy ? { kind: 'duplicate' } : { kind, told, brand, contact };
}

/** One status by itself. Returns its owner unless it was an orphan or a duplicate. */
export async function recordStatus(db: Db, status: StatusReport, now: number): Promise<StatusOwner | undefined> {
  const [result] = await recordStatuses(db, [status], now);
  return result?.kind === 'stored' ? { brand: result.brand, contact: result.contact } : undefined;
}
