import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCheckConsent } from '../../../activities/check-consent.ts';
import { createRenderMessage } from '../../../activities/render-message.ts';
import type { Db } from '../../../db/connection/connect.ts';
import { connect } from '../../../db/connection/connect.ts';
import { recordStatuses } from '../../../db/sending/ledger/statuses.ts';
import { withClient } from '../../../dev/servers/postgres.ts';
import { loadTemplates } from '../../../templates/load.ts';
import { NOON, intended, placedOrder } from '../../helpers/ledger.ts';
import type { Sending } from './sending.ts';
import { rules, runSend, startSending } from './sending.ts';

/** Architecture, figures to hold: statements per message from consent to the first receipt. */
const MOST_STATEMENTS = 8;

let stage: Sending;
let db: Db;
beforeAll(async () => {
  stage = await startSending();
  // The service's own pool would do, but every new connection asks for the server's version once.
  db = connect(stage.url, { poolMax: 1 });
  await db.raw('select 1');
  await stage.owner.raw('create extension if not exists pg_stat_statements');
  // A process that has not met a brand as it is now reads its settings too: once for all messages.
  await createCheckConsent({ db, rules })({ ...intended(await placedOrder(stage.db)), asOf: NOON });
});
afterAll(async () => {
  await db.destroy();
  await stage.close();
});

interface Statement {
  readonly query: string;
  readonly calls: number;
}

/** Everything this database was asked since the last reset, BEGIN and COMMIT included, by another connection than `db`. */
async function statements(): Promise<Statement[]> {
  return withClient(stage.migrationUrl, async (client) => {
    const { rows } = await client.query<Statement>(
      `select s.query, s.calls::int from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = current_database() and s.toplevel and s.query not like '%pg_stat_statements%'`,
    );
    return rows;
  });
}

async function reset(): Promise<void> {
  await withClient(stage.migrationUrl, (client) =>
    client.query(
      'select pg_stat_statements_reset(0, (select oid from pg_database where datname = current_database()), 0)',
    ),
  );
}

it('transactions count: BEGIN and COMMIT are statements too', async () => {
  await reset();
  await db.transaction(async (trx) => {
    await trx.raw('select 1 as counted');
  });
  expect((await statements()).reduce((sum, { calls }) => sum + calls, 0)).toBe(3);
});

it('a decision is one statement that reads and one that writes, and so one transaction that changes anything', async () => {
  const order = await placedOrder(stage.db);
  await reset();
  await createCheckConsent({ db, rules })({ ...intended(order, { kind: 'review_invitation' }), asOf: NOON });
  const counted = await statements();
  expect(counted.map(({ calls }) => calls)).toEqual([1, 1]);
  expect(counted.filter(({ query }) => /insert into decisions/.test(query))).toHaveLength(1);
});

it(`a message takes at most ${MOST_STATEMENTS} statements from consent to the first receipt`, async () => {
  const order = await placedOrder(stage.db);
  await reset();
  const checked = await createCheckConsent({ db, rules })({ ...intended(order), asOf: NOON });
  if (checked.kind !== 'send') throw new Error(checked.kind);
  const { message, zones } = checked;
  await createRenderMessage({ db, rules, templates: loadTemplates() })({ message, kind: 'shipped', zones, asOf: NOON });
  expect(await runSend({ db, rules, sender: stage.sender }, message)).toEqual({ kind: 'accepted' });
  const { clientRef, providerId = '' } = stage.fake.messages().at(-1) ?? {};
  const status = { clientRef: clientRef ?? '', providerId, receipt: 'delivered', at: NOON + 1000 } as const;
  expect(await recordStatuses(db, [status], NOON + 1000)).toMatchObject([{ kind: 'stored' }]);
  const counted = await statements();
  expect(counted.reduce((sum, { calls }) => sum + calls, 0)).toBeLessThanOrEqual(MOST_STATEMENTS);
  // The count is of this message: its submission is among it.
  expect(counted.filter(({ query }) => query.includes('into attempts'))).toMatchObject([{ calls: 1 }]);
});
