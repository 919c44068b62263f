/**
 * Removes evidence of consents. Its period begins with the last statement or message of the person, so each message
 * moves its end. Each row says when it is to be checked next, so on a day on which nothing ends only an index is
 * read.
 */
import type { Residence } from '../../domain/privacy/retention.ts';
import type { Period } from '../../domain/rules/rule-pack.ts';
import type { Db } from '../connection/connect.ts';
import { timestamp } from '../connection/timestamp.ts';
import { cutoff } from './retention-sweeps.ts';

/** The contacts of a place, and how long their evidence is kept. */
export interface EvidencePeriod {
  readonly place: Residence;
  readonly keep: Period;
}

/**
 * Days after which each row is checked again at the latest. A pack that shortens a period takes effect within that
 * time.
 */
const LOOKED_AT_EVERY = '30 days';

const SWEEP = `
with looked as (
  select hash, contact_id from consent_evidence where hash = any(cast(:due as bytea[]))),
place as (
  select * from jsonb_to_recordset(cast(:places as jsonb)) as p (country text, region text, numbers text[], keep text)),
known as (
  select l.hash, d.consented, greatest(d.consented, d.sent) as used, p.keep from looked l join contacts c on c.id = l.contact_id
    cross join lateral (select
      (select max(k.occurred_at) from consents k where k.contact_id = c.id) as consented,
      (select max(m.submitted_at) from messages m where m.contact_id = c.id) as sent) d
    left join place p on p.country is not distinct from c.country and p.region is not distinct from c.region and p.numbers = array(
      select distinct a.country from addresses a where a.contact_id = c.id and a.country is not null order by 1)),
-- The trigger keep_evidence demands the two years by the clock of the database.
judged as (
  select *, coalesce(used <= ${cutoff('keep')} and consented <= clock_timestamp() - interval '2 years', false) as over from known),
removed as (
  delete from consent_evidence where hash in (select hash from judged where over)),
moved as (
  update consent_evidence e set keep_until = case when j.ends > cast(:now as timestamptz) then least(j.ends, j.latest)
      -- It is over by these rules and not by those of the database.
      when j.ends is not null then cast(:now as timestamptz) + interval '1 day' else j.latest end
    from (select hash, greatest(consented + interval '2 years', used + cast(keep as interval)) as ends,
        cast(:now as timestamptz) + interval '${LOOKED_AT_EVERY}' as latest from judged where not over) j
   where e.hash = j.hash)
select count(*) filter (where over) as removed from judged`;

/** One batch. `looked`: as many as `batch` if there may be more. `now`: epoch ms. */
export async function sweepEvidence(
  trx: Db,
  periods: readonly EvidencePeriod[],
  batch: number,
  now: number,
): Promise<{ readonly looked: number; readonly removed: number }> {
  const { rows: due } = await trx.raw<{ rows: { hash: Buffer }[] }>(
    'select hash from consent_evidence where keep_until <= :now order by keep_until limit :batch for update skip locked',
    { batch, now: timestamp(now) },
  );
  if (due.length === 0) return { looked: 0, removed: 0 };
  const places = periods.map(({ place: { country, region, numbers }, keep }) => {
    return { country, region, numbers, ...(keep !== 'forever' && { keep }) };
  });
  const { rows } = await trx.raw<{ rows: { removed: number }[] }>(SWEEP, {
    due: due.map(({ hash }) => hash),
    places: JSON.stringify(places),
    now: timestamp(now),
  });
  return { looked: due.length, removed: rows[0]?.removed ?? 0 };
}
