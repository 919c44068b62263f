/**
 * Alarms about texts that cost too much or reach no customers: raised once per brand, country and day, by the process that sees it first.
 */
import type { Brand } from '../../../domain/orders/brand.ts';
import { LIMIT_CASES } from '../../../domain/sending/gate/case-hold.ts';
import { DAY } from '../../../domain/time/duration.ts';
import type { AbuseAlarmKind } from '../../../domain/sending/spend.ts';
import { LEAST_LIVE_SHARE, RECEIPT_GRACE, NEW_NUMBERS, SPEND_STEPS } from '../../../domain/sending/spend.ts';
import type { Db } from '../../connection/connect.ts';
import { timestamp } from '../../connection/timestamp.ts';
import { localDay, spendToday } from './costs.ts';

export interface AbuseAlarm {
  readonly brand: string;
  readonly kind: AbuseAlarmKind;
  /** Null: all countries of the brand together. */
  readonly country: string | null;
  /** A day in the brand's zone. */
  readonly day: string;
  /** The numbers that caused the alarm. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Checks today's spending of brands with a limit. Returns the alarms that are new. */
export async function raiseSpendAlarms(db: Db, now: number): Promise<readonly AbuseAlarm[]> {
  const spent = await spendToday(db, now);
  const found: AbuseAlarm[] = [];
  for (const [brand, rows] of Map.groupBy(spent, (one) => one.brand)) {
    const row: { settings: Brand } | undefined = await db('brands').where({ id: brand }).first('settings');
    const { perDay, perCountryPerDay } = row?.settings.spend ?? {};
    const day = rows[0]?.day ?? '';
    const total = rows.reduce((sum, { cost }) => sum + cost, 0);
    found.push(...stepsOf({ brand, country: null, day }, total, perDay));
    for (const { country, cost } of rows) found.push(...stepsOf({ brand, country, day }, cost, perCountryPerDay));
  }
  return firstOf(db, found, now);
}

function stepsOf(
  about: Pick<AbuseAlarm, 'brand' | 'country' | 'day'>,
  spent: number,
  limit: number | undefined,
): AbuseAlarm[] {
  if (limit === undefined) return [];
  const reached = SPEND_STEPS.filter(({ share }) => spent / limit >= share);
  return reached.map(({ kind }) => ({ ...about, kind, figures: { spent, limit } }));
}

/**
 * The number has shown that it belongs to a customer: it had got a text before, wrote one, chose preferences, or its
 * order was shipped.
 */
const ALIVE = `(exists (select from messages x where x.contact_id = n.contact_id and x.state in ('delivered', 'read'))
    or exists (select from conversations v where v.contact_id = n.contact_id)
    or exists (select from preferences p where p.contact_id = n.contact_id)
    or exists (select from orders o join inbox i on i.brand_id = o.brand_id and i.order_id = o.id and i.type = 'parcel_shipped'
      where o.contact_id = n.contact_id))`;

/**
 * Checks, by brand and country, the numbers that were texted for the first time within 24 h. Fraud orders have many new numbers and none
 * of them is a customer's. Returns the alarms that are new.
 */
export async function raiseConversionAlarms(db: Db, now: number): Promise<readonly AbuseAlarm[]> {
  const { rows } = await db.raw<{
    rows: { brand: string; day: string; country: string; fresh: number; alive: number }[];
  }>(
    `select b.id as brand, cast(${localDay('cast(:now as timestamptz)')} as text) as day, c.country, c.fresh, c.alive
       from (select n.brand_id, n.country, cast(count(*) as int) as fresh, cast(count(*) filter (where ${ALIVE}) as int) as alive
           from (select distinct a.brand_id, a.country, m.contact_id from attempts a join messages m on m.id = a.message_id
              where a.submitted_at > :since and a.submitted_at <= :until and a.country is not null and m.state <> 'rejected'
                and not exists (select from messages e where e.contact_id = m.contact_id and e.submitted_at <= :since)) n
          group by n.brand_id, n.country) c
         join brands b on b.id = c.brand_id
      where c.fresh >= coalesce(cast(b.settings->'conversionAlarm'->>'newNumbers' as int), :newNumbers)
        and c.alive < c.fresh * cast(:atLeast as numeric) order by b.id, c.country`,
    {
      now: timestamp(now),
      since: timestamp(now - DAY),
      until: timestamp(now - RECEIPT_GRACE),
      newNumbers: NEW_NUMBERS,
      atLeast: LEAST_LIVE_SHARE,
    },
  );
  const found = rows.map(({ brand, day, country, fresh, alive }) => {
    return { brand, kind: 'conversion', country, day, figures: { fresh, alive } } as const;
  });
  return firstOf(db, found, now);
}

/** Stores alarms and returns those that were not stored before. */
async function firstOf(db: Db, found: readonly AbuseAlarm[], now: number): Promise<readonly AbuseAlarm[]> {
  if (found.length === 0) return [];
  const { rows } = await db.raw<{ rows: { brand: string; kind: string; country: string | null }[] }>(
    `insert into abuse_alarms (brand_id, kind, country, day, figures, raised_at)
       select r.brand, r.kind, r.country, r.day, r.figures, :now
         from json_to_recordset(cast(:found as json)) as r (brand text, kind text, country text, day date, figures jsonb)
        order by r.brand, r.kind, r.country
     on conflict do nothing returning brand_id as brand, kind, country`,
    { found: JSON.stringify(found), now: timestamp(now) },
  );
  return found.filter((one) =>
    rows.some(({ brand, kind, country }) => brand === one.brand && kind === one.kind && country === one.country),
  );
}

export interface RaisedAlarm extends Omit<AbuseAlarm, 'brand'> {
  /** ISO 8601. */
  readonly raisedAt: string;
}

/** The alarms of a brand of the last 7 days, newest first. */
export async function alarmsOf(db: Db, brand: string, now: number): Promise<readonly RaisedAlarm[]> {
  const { rows } = await db.raw<{ rows: (Omit<RaisedAlarm, 'raisedAt'> & { raisedAt: Date })[] }>(
    `select kind, country, cast(day as text) as day, figures, raised_at as "raisedAt" from abuse_alarms
      where brand_id = :brand and raised_at > :since order by id desc limit 100`,
    { brand, since: timestamp(now - 7 * DAY) },
  );
  return rows.map((row) => ({ ...row, raisedAt: row.raisedAt.toISOString() }));
}

export interface LimitCase {
  readonly case: string;
  readonly kind: (typeof LIMIT_CASES)[number];
  readonly contact: string;
  /** ISO 8601. */
  readonly openedAt: string;
}

/** Open cases that a limit has opened, newest first. */
export async function limitCases(db: Db, brand: string): Promise<readonly LimitCase[]> {
  const rows: { id: number; kind: LimitCase['kind']; contact_id: string; opened_at: Date }[] = await db('cases')
    .where({ brand_id: brand })
    .whereIn('kind', LIMIT_CASES)
    .whereNull('closed_at')
    .orderBy('id', 'desc')
    .limit(100)
    .select('id', 'kind', 'contact_id', 'opened_at');
  return rows.map(({ id, kind, contact_id, opened_at }) => ({
    case: String(id),
    kind,
    contact: contact_id,
    openedAt: opened_at.toISOString(),
  }));
}
