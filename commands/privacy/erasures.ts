/** Requests to erase a person: who asked, which steps were done, and the outbox of those whose workflow is yet to start. */
import type { TokenOf } from '../../db/addresses/address-token.ts';
import { recordAudit } from '../../db/access/audit.ts';
import type { Db } from '../../db/connection/connect.ts';
import { unhurried } from '../../db/connection/connect.ts';
import type { Claim, ClaimedRow } from '../../db/outbox/outbox.ts';
import { claimFrom, claimOf } from '../../db/outbox/outbox.ts';
import { timestamp } from '../../db/connection/timestamp.ts';
import { ERASURE } from '../consent/stop.ts';
import { stopNumbersOf } from './erase.ts';

export const ERASURE_STEPS = ['suppress', 'end_orders', 'remove_data', 'redact_provider'] as const;
export type ErasureStep = (typeof ERASURE_STEPS)[number];

export type ErasureSource = 'api' | 'page' | 'shop';

export interface NewErasure {
  readonly brand: string;
  readonly contact: string;
  /** The label of an API key, `customer`, or the shop's system. */
  readonly actor: string;
  readonly source: ErasureSource;
}

/**
 * Takes in a request to erase a contact and stops its numbers in the same transaction: nothing is sent from the answer on, however
 * long the rest takes. A contact is erased once: asking again gives the first request. Undefined: no such contact of this brand.
 */
export async function requestErasure(
  db: Db,
  tokenOf: TokenOf,
  { brand, contact, actor, source }: NewErasure,
  now: number,
): Promise<string | undefined> {
  return db.transaction(async (trx) => {
    const known: unknown = await trx('contacts').where({ brand_id: brand, id: contact }).first('id');
    if (!known) return undefined;
    const [created] = await trx('erasures')
      .insert({
        brand_id: brand,
        contact_id: contact,
        requested_at: new Date(now),
        requested_by: actor,
        source,
      })
      .onConflict('contact_id')
      .ignore()
      .returning<{ id: string }[]>('id');
    await trx('planned_erasures')
      .where({ contact_id: contact, ...UNDECIDED })
      .update({ begun_at: new Date(now) });
    if (!created) return (await erasureOf(trx, contact))?.id;
    await stopNumbersOf(trx, tokenOf, { brand, contact, actor }, now);
    const subject = { kind: 'contact', id: contact } as const;
    await recordAudit(trx, { brand, actor, action: 'erase_contact', subject, after: { erasure: created.id } }, now);
    return created.id;
  });
}

/** A planned erasure that was neither taken back nor begun. */
const UNDECIDED = { cancelled_at: null, begun_at: null } as const;

async function erasureOf(db: Db, contact: string): Promise<{ id: string } | undefined> {
  return db('erasures').where({ contact_id: contact }).first('id');
}

/** All contacts of a brand, for a shop that has left. Returns how many are new; their numbers are stopped in the same transaction. */
export async function requestErasureOfAll(
  db: Db,
  { brand, actor, source }: Omit<NewErasure, 'contact'>,
  now: number,
): Promise<number> {
  return unhurried(db, async (trx) => {
    const { rows } = await trx.raw<{ rows: object[] }>(
      `insert into erasures (brand_id, contact_id, requested_at, requested_by, source)
         select brand_id, id, :now, :actor, :source from contacts where brand_id = :brand and erased_at is null
       on conflict (contact_id) do nothing returning id`,
      { brand, actor, source, now: timestamp(now) },
    );
    await trx.raw(
      `insert into suppressions (brand_id, channel, token, state, source, occurred_at, recorded_at)
         select distinct a.brand_id, 'sms', a.token, 'stopped', :suppressedBy, cast(:now as timestamptz), cast(:now as timestamptz)
           from addresses a join erasures e on e.contact_id = a.contact_id where a.brand_id = :brand and e.started_at is null`,
      { brand, suppressedBy: ERASURE, now: timestamp(now) },
    );
    await trx('planned_erasures')
      .where({ brand_id: brand, ...UNDECIDED })
      .update({ begun_at: new Date(now) });
    const subject = { kind: 'brand', id: brand } as const;
    await recordAudit(trx, { brand, actor, action: 'erase_contact', subject, after: { contacts: rows.length } }, now);
    return rows.length;
  });
}

export interface PendingErasure {
  readonly id: string;
  readonly brand: string;
  readonly contact: string;
  /** Epoch ms. */
  readonly requestedAt: number;
}

interface ClaimedErasure extends ClaimedRow {
  readonly id: string;
  readonly brand_id: string;
  readonly contact_id: string;
  readonly requested_at: Date;
}

/** Claims erasures whose workflow is not known to run yet. */
export async function claimErasures(db: Db, limit: number): Promise<Claim<PendingErasure>> {
  const { rows } = await db.raw<{ rows: ClaimedErasure[] }>(
    `with recursive ${claimFrom('erasure')}
     select c.claimed_until, e.id, e.tries, e.brand_id, e.contact_id, e.requested_at
       from claimed c join erasures e on e.id = c.id order by e.next_try_at, e.requested_at, e.id`,
    { limit },
  );
  return claimOf(rows, (row) => ({
    id: row.id,
    brand: row.brand_id,
    contact: row.contact_id,
    requestedAt: row.requested_at.getTime(),
  }));
}

/** Asked for and not at its end. */
export async function countOpenErasures(db: Db): Promise<number> {
  const [row] = await db('erasures').whereNull('done_at').count<{ count: number }[]>('* as count');
  return row?.count ?? 0;
}

export interface Erasure {
  readonly brand: string;
  readonly contact: string;
  /** Who has asked for it. */
  readonly actor: string;
}

/** Throws when there is none: its workflow has been started with an id of ours. */
export async function findErasure(db: Db, id: string): Promise<Erasure> {
  const row: { brand_id: string; contact_id: string; requested_by: string } | undefined = await db('erasures')
    .where({ id })
    .first('brand_id', 'contact_id', 'requested_by');
  if (!row) throw new Error('no such erasure');
  return { brand: row.brand_id, contact: row.contact_id, actor: row.requested_by };
}

/** Counts by name. */
export type StepDetail = Readonly<Record<string, number>>;

/** Writes down what a step has done. Done once more, by a retry, it has less to do: what was counted first stays where it is more. */
export async function recordStep(
  trx: Db,
  erasure: string,
  { step, result, detail }: { step: ErasureStep; result: 'done' | 'partly'; detail: StepDetail },
  now: number,
): Promise<void> {
  await trx.raw(
    `insert into erasure_steps (erasure_id, step, result, detail, at) values (:erasure, :step, :result, :detail, :now)
     on conflict (erasure_id, step) do update set result = excluded.result, at = excluded.at, detail = (
       select coalesce(jsonb_object_agg(k, greatest((erasure_steps.detail->>k)::int, (excluded.detail->>k)::int)), '{}')
         from jsonb_object_keys(erasure_steps.detail || excluded.detail) as keys (k))`,
    { erasure, step, result, detail: JSON.stringify(detail), now: timestamp(now) },
  );
}

export async function finishErasure(db: Db, id: string, now: number): Promise<void> {
  await db('erasures')
    .where({ id })
    .whereNull('done_at')
    .update({ done_at: new Date(now) });
}

/** As the API shows it. Moments are ISO 8601 in UTC. */
export interface ErasureView {
  readonly id: string;
  readonly contact: string;
  readonly source: ErasureSource;
  readonly requestedAt: string;
  readonly requestedBy: string;
  readonly state: 'requested' | 'running' | 'done';
  readonly doneAt?: string;
  readonly steps: readonly {
    readonly step: ErasureStep;
    readonly result: 'done' | 'partly';
    readonly detail: StepDetail;
    readonly at: string;
  }[];
}

interface ErasureRow {
  id: string;
  brand_id: string;
  contact_id: string;
  source: ErasureSource;
  requested_at: Date;
  requested_by: string;
  started_at: Date | null;
  done_at: Date | null;
}

/** Undefined: no such erasure of this brand. */
export async function erasureView(db: Db, brand: string, id: string): Promise<ErasureView | undefined> {
  const row: ErasureRow | undefined = await db('erasures').where({ brand_id: brand, id }).first();
  if (!row) return undefined;
  const steps: { step: ErasureStep; result: 'done' | 'partly'; detail: StepDetail; at: Date }[] = await db(
    'erasure_steps',
  )
    .where({ erasure_id: id })
    .select('step', 'result', 'detail', 'at');
  return {
    id,
    contact: row.contact_id,
    source: row.source,
    requestedAt: row.requested_at.toISOString(),
    requestedBy: row.requested_by,
    state: row.done_at ? 'done' : row.started_at ? 'running' : 'requested',
    ...(row.done_at && { doneAt: row.done_at.toISOString() }),
    steps: steps
      .toSorted((a, b) => ERASURE_STEPS.indexOf(a.step) - ERASURE_STEPS.indexOf(b.step))
      .map(({ at, ...step }) => ({ ...step, at: at.toISOString() })),
  };
}
