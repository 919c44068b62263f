import { afterAll, beforeAll, expect, it } from 'vitest';
import { recordStatuses } from '../../../../db/sending/ledger/statuses.ts';
import { fillDrillLedger } from '../../../drills/webhooks/ledger.ts';
import type { Ledger } from '../../../helpers/ledger.ts';
import { NOON, brand, openLedger } from '../../../helpers/ledger.ts';

/** The old plan read a table as large as this whole, and one of 100,000 rows by index. */
const MESSAGES = 3_000;

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger();
});
afterAll(() => ledger.close());

it('a status reads the rows of its own message, however few rows the tables have', async () => {
  const { db, owner } = ledger;
  const [message] = await fillDrillLedger(db, brand, MESSAGES, NOON);
  await owner.raw('analyze messages, attempts');
  const about = { providerId: message?.providerId ?? '', clientRef: message?.clientRef ?? '' };
  const read = await db.transaction(async (trx) => {
    expect(await recordStatuses(trx, [{ ...about, receipt: 'delivered', at: NOON }], NOON)).toMatchObject([
      { kind: 'stored' },
    ]);
    const { rows } = await trx.raw<{ rows: { seq_tup_read: number }[] }>(
      "select seq_tup_read from pg_stat_xact_user_tables where relname in ('messages', 'attempts')",
    );
    return rows.map((row) => row.seq_tup_read);
  });
  expect(read).toEqual([0, 0]);
});
