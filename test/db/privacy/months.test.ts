import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_BASIS } from '../../../domain/sending/gate/decision.ts';
import { comingMessages } from '../../../queries/sending/forecast.ts';
import { recordDecision } from '../../../db/sending/ledger/messages.ts';
import { recordStatuses } from '../../../db/sending/ledger/statuses.ts';
import { orderView } from '../../../queries/orders/timeline.ts';
import { messageDetails } from '../../../queries/sending/messages.ts';
import { TABLES_OF_MONTHS, countMonths, dropMonths, keepMonths } from '../../../db/privacy/months.ts';
import { sweep } from '../../../db/privacy/retention.ts';
import { DAY } from '../../../domain/time/duration.ts';
import { rules } from '../../helpers/rules.ts';
import type { Ledger, PlacedOrder } from '../../helpers/ledger.ts';
import { attemptsOf, brand, intended, openLedger, placedOrder, planned, submitted } from '../../helpers/ledger.ts';

const { packs } = rules;
const month = (index: number, day = 1): number => Date.UTC(2031, index, day, 12);

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

/** The part of a table that each of an order's rows is in. */
async function partsOf(table: 'all_decisions' | 'decisions' | 'past_decisions', order: string): Promise<string[]> {
  const { rows } = await ledger.owner.raw<{ rows: { part: string }[] }>(
    table === 'all_decisions'
      ? `select tableoid::regclass::text as part from decisions where order_id = :order
         union all select tableoid::regclass::text from past_decisions where order_id = :order`
      : `select tableoid::regclass::text as part from ${table} where order_id = :order`,
    { order },
  );
  return rows.map(({ part }) => part);
}

const parts = async (table: string): Promise<string[]> => {
  const { rows } = await ledger.owner.raw<{ rows: { part: string }[] }>(
    `select inhrelid::regclass::text as part from pg_inherits where inhparent = cast(? as regclass) order by 1`,
    [table],
  );
  return rows.map(({ part }) => part);
};

const columnsOf = async (table: string): Promise<string[]> =>
  ledger.owner('information_schema.columns').where({ table_name: table }).pluck('column_name');

/** An order with a message that arrived at `at`. */
async function delivered(at: number): Promise<PlacedOrder & { providerId: string; message: string }> {
  const order = await placedOrder(ledger.db, { placedAt: at });
  const message = await planned(ledger.db, order, { dueAt: at });
  const clientRef = await submitted(ledger.db, message, at);
  const providerId = `provider-${order.order}`;
  await recordStatuses(ledger.db, [{ clientRef, providerId, receipt: 'delivered', at }], at);
  return { ...order, providerId, message };
}

describe('rows of a month', () => {
  it('are written to the part of their month, and move out of the way of messages two months after it', async () => {
    await keepMonths(ledger.db, month(0));
    const { order, message } = await delivered(month(0, 15));
    expect(await partsOf('decisions', order)).toEqual(['decisions_2031_01']);
    expect((await messageDetails(ledger.db, brand.id, message))?.decisions).toHaveLength(1);
    await keepMonths(ledger.db, month(2, 28));
    expect(await partsOf('decisions', order)).toEqual(['decisions_2031_01']);
    await keepMonths(ledger.db, month(3));
    expect(await partsOf('decisions', order)).toEqual([]);
    expect(await partsOf('past_decisions', order)).toEqual(['decisions_2031_01']);
    const view = await orderView(ledger.db, brand.id, order, month(3), { limit: 10 });
    expect(view).toMatchObject({ zones: ['Europe/Rome'] });
    expect((await messageDetails(ledger.db, brand.id, message))?.decisions).toHaveLength(1);
  });

  it('are taken in at any date, long ago and in years, and move to their month when it is made', async () => {
    for (const at of [Date.UTC(2009, 4, 4), Date.UTC(2090, 4, 4)]) {
      const { order, providerId } = await delivered(at);
      expect(await partsOf('decisions', order)).toEqual(['decisions_default']);
      expect(await ledger.db('statuses').where({ provider_id: providerId })).toHaveLength(1);
      await keepMonths(ledger.db, at);
      expect(await partsOf('decisions', order)).toEqual([`decisions_${new Date(at).getUTCFullYear()}_05`]);
      expect(await ledger.db('statuses').where({ provider_id: providerId })).toHaveLength(1);
    }
  });

  it('of a month that was never made move a few at a time, and none is out of sight meanwhile', async () => {
    const now = Date.UTC(2085, 4, 4);
    const orders: string[] = [];
    // Two months, and a date of long ago.
    for (const at of [now, now, now, now + 40 * DAY, now + 41 * DAY, Date.UTC(1999, 1, 1)])
      orders.push((await delivered(at)).order);
    for (const _ of [1, 2, 3]) {
      const { rows } = await ledger.db.raw<{ rows: { answer: string }[] }>(
        "select keep_month('decisions', cast('2085-05-01T00:00:00Z' as timestamptz), 2) as answer",
      );
      expect(rows).toEqual([{ answer: 'more' }]);
      for (const order of orders) expect(await partsOf('all_decisions', order)).toHaveLength(1);
    }
    await keepMonths(ledger.db, now, 2);
    for (const [index, order] of orders.entries()) {
      const part = index < 3 ? 'decisions_2085_05' : index < 5 ? 'decisions_2085_06' : undefined;
      if (part) expect(await partsOf('decisions', order)).toEqual([part]);
      expect(await partsOf('all_decisions', order)).toHaveLength(1);
    }
  });

  it('that come again while those of their month move do not keep the month from being made', async () => {
    const at = Date.UTC(2086, 4, 4);
    const all: Awaited<ReturnType<typeof delivered>>[] = [];
    for (let nth = 0; nth < 4; nth += 1) all.push(await delivered(at));
    for (const table of TABLES_OF_MONTHS) {
      const { rows } = await ledger.db.raw<{ rows: { answer: string }[] }>(
        "select keep_month(?, cast('2086-05-01T00:00:00Z' as timestamptz), 1) as answer",
        [table],
      );
      expect(rows).toEqual([{ answer: 'more' }]);
    }
    // The provider repeats all receipts, and a decision is recorded anew: the rows that have moved are no duplicates of them.
    for (const one of all) {
      const [attempt] = await attemptsOf(ledger.db, await messageOf(one.order));
      const { providerId } = one;
      const report = { clientRef: attempt?.client_ref ?? '', providerId, receipt: 'delivered', at } as const;
      await recordStatuses(ledger.db, [report], at);
    }
    const columns = (await columnsOf('decisions')).filter((name) => name !== 'id').join(', ');
    await ledger.owner.raw(
      `insert into decisions (${columns}) select ${columns} from past_decisions where decided_at = cast(? as timestamptz)`,
      [new Date(at).toISOString()],
    );
    await keepMonths(ledger.db, at, 1);
    expect(await parts('statuses')).toContain('statuses_2086_05');
    expect(await parts('decisions')).toContain('decisions_2086_05');
    for (const { order, providerId } of all) {
      expect(await ledger.db('all_statuses').where({ provider_id: providerId })).toHaveLength(1);
      expect(await partsOf('all_decisions', order)).toEqual(['decisions_2086_05']);
    }
  });

  it('that are dated in years do not keep the months from being made', async () => {
    const at = Date.UTC(2081, 5, 15);
    await delivered(at + 40 * DAY);
    await keepMonths(ledger.db, at);
    expect(await parts('decisions')).toEqual(
      expect.arrayContaining(['decisions_2081_05', 'decisions_2081_06', 'decisions_2081_07', 'decisions_2081_08']),
    );
  });

  it('come back when a clock that was years ahead is right again', async () => {
    const at = Date.UTC(2035, 2, 15);
    await keepMonths(ledger.db, at);
    await keepMonths(ledger.db, at + 3_000 * DAY);
    expect(await parts('past_decisions')).toContain('decisions_2035_03');
    await keepMonths(ledger.db, at);
    expect(await parts('decisions')).toContain('decisions_2035_03');
    const { order } = await delivered(at);
    expect(await partsOf('decisions', order)).toEqual(['decisions_2035_03']);
  });

  it('of the past are in the forecast, if their message still waits', async () => {
    const at = Date.UTC(2043, 0, 15);
    const now = at + 100 * DAY;
    await keepMonths(ledger.db, at);
    const order = await placedOrder(ledger.db, { placedAt: at });
    const wait = { kind: 'wait', until: now + DAY / 2, reason: 'paused', rule: 'preferences' } as const;
    await recordDecision(ledger.db, intended(order, { kind: 'bundle_offer', dueAt: at }), wait as never, NO_BASIS, at);
    await keepMonths(ledger.db, now);
    expect(await partsOf('decisions', order.order)).toEqual([]);
    const coming = await comingMessages(ledger.db, brand.id, now, now + DAY);
    expect(coming).toMatchObject([{ class: 'promotional', state: 'due', messages: 1, first: now + DAY / 2 }]);
  });

  it('are counted, and then dropped with their month once it has been over for the longest period', async () => {
    await keepMonths(ledger.db, month(5));
    const { order, providerId } = await delivered(month(5, 15));
    const now = Date.UTC(2032, 7, 1);
    await keepMonths(ledger.db, now);
    const [before] = await attemptsOf(ledger.db, await messageOf(order));
    expect(before).toMatchObject({ provider_id: providerId });
    expect(await countMonths(ledger.db, 'statuses', 'P13M', now - 1)).toBe(
      await dropMonths(ledger.db, 'statuses', 'P13M', now - 1),
    );
    expect(await parts('past_statuses')).toContain('statuses_2031_06');
    expect(await countMonths(ledger.db, 'statuses', 'P13M', now)).toBe(1);
    expect(await dropMonths(ledger.db, 'statuses', 'P13M', now)).toBe(1);
    expect(await ledger.db('all_statuses').where({ provider_id: providerId })).toEqual([]);
    expect(await partsOf('all_decisions', order)).toEqual(['decisions_2031_06']);
  });

  it('go with the daily work, which makes the months to come', async () => {
    const at = Date.UTC(2041, 4, 20);
    await keepMonths(ledger.db, at);
    const { order } = await delivered(at);
    await sweep(ledger.db, packs, Date.UTC(2046, 4, 31));
    expect(await partsOf('all_decisions', order)).toEqual(['decisions_2041_05']);
    const { counts } = await sweep(ledger.db, packs, Date.UTC(2046, 5, 1));
    expect(counts.months).toBeGreaterThan(0);
    expect(await partsOf('all_decisions', order)).toEqual([]);
    expect(await parts('decisions')).toEqual(expect.arrayContaining(['decisions_2046_07', 'decisions_2046_08']));
  });

  it('are deleted one by one where a person has to be forgotten, in the past too', async () => {
    const at = Date.UTC(2051, 1, 2);
    await keepMonths(ledger.db, at);
    const one = await delivered(at);
    const other = await delivered(at);
    await keepMonths(ledger.db, at + 120 * DAY);
    await ledger.db('all_decisions').where({ contact_id: one.contact }).del();
    await ledger.db('all_statuses').where({ provider_id: one.providerId }).del();
    expect(await partsOf('all_decisions', one.order)).toEqual([]);
    expect(await ledger.db('all_statuses').where({ provider_id: one.providerId })).toEqual([]);
    expect(await partsOf('all_decisions', other.order)).toHaveLength(1);
    expect(await ledger.db('all_statuses').where({ provider_id: other.providerId })).toHaveLength(1);
  });

  it('do not keep a receipt of long ago from being a duplicate while its month is there', async () => {
    const at = Date.UTC(2055, 1, 2);
    await keepMonths(ledger.db, at);
    const { providerId, order } = await delivered(at);
    const [attempt] = await attemptsOf(ledger.db, await messageOf(order));
    const report = { clientRef: attempt?.client_ref ?? '', providerId, receipt: 'delivered', at } as const;
    await keepMonths(ledger.db, at + 27 * DAY);
    expect(await recordStatuses(ledger.db, [report], at + 27 * DAY)).toEqual([{ kind: 'duplicate' }]);
  });
});

describe('a table of months', () => {
  it('has the same columns and indexes as that of the past, or a month could not move', async () => {
    for (const table of TABLES_OF_MONTHS) {
      const { rows } = await ledger.owner.raw<{ rows: { columns: string; indexes: string[] }[] }>(
        `select (select string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull, ', ' order by attname)
              from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
            array(select regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', '') from pg_index where indrelid = c.oid order by 1) as indexes
           from pg_class c where c.relname in (:table, 'past_' || :table) order by c.relname`,
        { table },
      );
      expect(rows).toHaveLength(2);
      expect(rows[0]).toEqual(rows[1]);
    }
  });

  it('is counted by the daily work as a whole, which PostgreSQL does only for its parts', async () => {
    await ledger.owner.raw("delete from pg_statistic where starelid in ('decisions'::regclass, 'statuses'::regclass)");
    await delivered(Date.UTC(2031, 0, 15));
    await sweep(ledger.db, packs, Date.UTC(2031, 0, 20));
    const { rows } = await ledger.owner.raw<{ rows: { table: string }[] }>(
      "select distinct tablename as table from pg_stats where tablename in ('decisions', 'statuses') and inherited order by 1",
    );
    expect(rows).toEqual([{ table: 'decisions' }, { table: 'statuses' }]);
  });

  it('has no months but those of a calendar, and no other table has any', async () => {
    for (const asked of ["'consents', '2031-01-01Z'", "'decisions', '2031-01-02Z'"])
      await expect(ledger.db.raw(`select keep_month(${asked}, 10)`)).rejects.toThrow('has no month');
    await expect(ledger.db.raw("select retire_months('consents', now())")).rejects.toThrow('has no months');
    await expect(ledger.db.raw("select count_months('consents')")).rejects.toThrow('has no months');
  });

  it('cannot be dropped by a name of another table, nor truncated by a month', async () => {
    await expect(ledger.db.raw(`select drop_months('consents', now())`)).rejects.toThrow('has no months');
    await keepMonths(ledger.db, Date.UTC(2060, 0, 1));
    await expect(ledger.owner.raw('truncate decisions_2060_01')).rejects.toThrow('refused');
    await expect(ledger.db.raw('drop table decisions_2060_01')).rejects.toThrow('must be owner');
  });
});

async function messageOf(order: string): Promise<string> {
  const row: { id: string } | undefined = await ledger.db('messages').where({ order_id: order }).first('id');
  return row?.id ?? '';
}
