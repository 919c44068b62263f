import type { Brand } from '../../../domain/orders/brand.ts';
import type { LaneSettings } from '../../../domain/sending/lane.ts';
import {
  CUT_EVERY,
  LEAST_FACTOR,
  OPEN_AFTER,
  OPEN_FOR,
  REFILL,
  WAIT_IN_PLACE,
  lanesOf,
} from '../../../domain/sending/lane.ts';
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';
import { LANE_COVERS, factorAt } from './lane-clocks.ts';

/** Stores a lane, or its new limit. Tokens that were taken and booked stay so. */
export async function saveLane(db: Db, lane: LaneSettings, { replaces = true } = {}): Promise<void> {
  const { brand, periodMs, channel = null, zone = null, ...same } = lane;
  const saved = db('lanes')
    .insert({ ...same, channel, zone, brand_id: brand ?? null, period_ms: periodMs })
    .onConflict('id');
  await (replaces ? saved.merge() : saved.ignore());
}

/** A brand has the lanes of its file and no others. Its share of the account's lane is a row of its own. */
export async function saveBrandLanes(trx: Db, brand: Brand): Promise<void> {
  const lanes = lanesOf(brand);
  await trx('lanes')
    .where({ brand_id: brand.id })
    .whereNotIn(
      'id',
      lanes.map(({ id }) => id),
    )
    .del();
  for (const lane of lanes) await saveLane(trx, lane);
  await trx('lane_shares')
    .insert({ brand_id: brand.id, weight: brand.limits?.accountShare ?? 1 })
    .onConflict('brand_id')
    .merge(['weight']);
}

/**
 * A failure of a call, as far as it is about more than its message:
 * - `throttled`: too fast for the account, or for the sender. The lane's rate is halved, and nothing goes out on it for as long
 *   as the provider asked for.
 * - `failed`: no answer, or none of a working provider. Enough of them in a row open the circuits of the message's lanes.
 * - `account_refused`: wrong credentials or no balance. The account's circuit opens at once.
 */
export type LaneFailure =
  | { readonly kind: 'throttled'; readonly scope: 'account' | 'sender'; readonly retryAfterMs?: number }
  | { readonly kind: 'failed' }
  | { readonly kind: 'account_refused' };

/**
 * Reports trouble of a message to its lanes. Returns the ids of lanes whose circuit has opened, for one log line
 * each.
 */
export async function storeLaneFailure(
  db: Db,
  message: string,
  trouble: LaneFailure,
  now: number,
): Promise<readonly string[]> {
  switch (trouble.kind) {
    case 'throttled':
      await slowDown(db, message, trouble, now);
      return [];
    case 'failed':
      return countFailure(db, message, `l.probe is not null or l.failures + 1 >= ${OPEN_AFTER}`, 'true', now);
    case 'account_refused':
      return countFailure(db, message, 'true', "l.kind = 'account'", now);
  }
}

/** A call that began before the circuit opened says nothing new. The outcome of the circuit's probe does. */
async function countFailure(db: Db, message: string, opens: string, which: string, now: number): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string; opens: boolean }[] }>(
    `with m as (select id, brand_id, channel, cast(:now as timestamptz) as now from messages where id = :message),
     locked as (
       select l.id, m.now, ${opens} as opens from m join lanes l on ${LANE_COVERS}
        where (l.open_until is null or l.probe = m.id) and ${which} order by l.id for update of l)
     update lanes set failures = failures + 1, probe = null, openings = openings + case when opens then 1 else 0 end,
         open_until = case when opens then now
           + least(${OPEN_FOR.first} * power(2, openings), ${OPEN_FOR.last}) * interval '1 ms' end
       from locked where lanes.id = locked.id returning lanes.id, opens`,
    { message, now: timestamp(now) },
  );
  return rows.filter((lane) => lane.opens).map(({ id }) => id);
}

/** If a sender has no lane of its own, the account is slowed down. */
async function slowDown(
  db: Db,
  message: string,
  { scope, retryAfterMs = 0 }: Extract<LaneFailure, { kind: 'throttled' }>,
  now: number,
): Promise<void> {
  await db.raw(
    `with m as (select brand_id, channel, cast(:now as timestamptz) as now from messages where id = :message),
     held as (
       select l.id, l.kind, m.now from m join lanes l on ${LANE_COVERS} where zone is null order by l.id for update of l),
     slowed as (
       select id, now from held where (kind <> 'account') = (:ofSender and exists (select from held where kind <> 'account')))
     update lanes l set
         factor = case when ${JUST_CUT} then factor else greatest(${LEAST_FACTOR}, ${factorAt('now')} / 2) end,
         cut_at = case when ${JUST_CUT} then cut_at else now end,
         blocked_until = greatest(blocked_until, now + :pauseMs * interval '1 ms')
       from slowed where l.id = slowed.id`,
    { message, ofSender: scope === 'sender', pauseMs: retryAfterMs + REFILL, now: timestamp(now) },
  );
}

const JUST_CUT = `coalesce(cut_at > now - interval '${CUT_EVERY} ms', false)`;

/**
 * A token for a request to the provider's records, which have their own lane. `at` (epoch ms): a token that is near
 * enough to wait for; with `later`, when to ask again.
 */
export async function takeLookUp(
  db: Db,
  now: number,
): Promise<{ readonly kind: 'granted' | 'later'; readonly at: number }> {
  const { rows } = await db.raw<{ rows: { near: boolean; at: Date }[] }>(
    `with locked as (
       select id, period_ms * interval '1 ms' / tokens as token, greatest(taken_to, cast(:now as timestamptz)) as taken,
           greatest(taken_to, booked_to) as booked, taken_to <= cast(:now as timestamptz) + interval '${WAIT_IN_PLACE.others} ms' as near
         from lanes where id = 'records' for update)
     update lanes set taken_to = case when near then taken + token else taken_to end,
         booked_to = case when near then booked_to else booked + token end
       from locked where lanes.id = locked.id returning near, case when near then taken else booked end as at`,
    { now: timestamp(now) },
  );
  const [row] = rows;
  if (!row) throw new Error('there is no lane for records');
  return { kind: row.near ? 'granted' : 'later', at: row.at.getTime() };
}

/** Ids of lanes whose circuit is open, or waits for the result of its probe. */
export async function openCircuits(db: Db): Promise<readonly string[]> {
  const rows: { id: string }[] = await db('lanes').whereNotNull('open_until').orderBy('id').select('id');
  return rows.map(({ id }) => id);
}
