/** No run of an erased person lives on. The engine is real and has no worker: no run takes a signal, as if all of them hung. */
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEraseActivities } from '../../activities/privacy/erase-person.ts';
import { connectTemporal } from '../../engine/temporal.ts';
import { requestRedelivery } from '../../db/sending/ledger/redeliveries.ts';
import { erasureView } from '../../queries/privacy/erasures.ts';
import { requestErasure } from '../../commands/privacy/request-erasure.ts';
import { rules } from '../helpers/rules.ts';
import { searchAttributes } from '../../dev/installation.ts';
import type { DevServer } from '../../dev/servers/start-dev-server.ts';
import {
  CONSENT_RENEWAL,
  ORDERS_QUEUE,
  ORDER_JOURNEY,
  REDELIVERY,
  consentWorkflowId,
  contactErasedSignal,
  orderWorkflowId,
  redeliveryWorkflowId,
} from '../../workflows/contract.ts';
import { engineAway } from '../helpers/away.ts';
import { storeOf, tokenOf } from '../helpers/keys.ts';
import type { Ledger, PlacedOrder } from '../helpers/ledger.ts';
import { NOON, brand, openLedger, placedOrder, planned } from '../helpers/ledger.ts';
import { startTestDevServer } from '../helpers/temporal.ts';

let ledger: Ledger;
let server: DevServer;
let temporal: ReturnType<typeof connectTemporal>;
beforeAll(async () => {
  [ledger, server] = await Promise.all([openLedger(), startTestDevServer(searchAttributes)]);
  temporal = connectTemporal({ connectionOptions: { address: server.address } });
});
afterAll(async () => {
  await temporal.close();
  await server.stop();
  await ledger.close();
});

const run = (workflowType: string, workflowId: string): Promise<unknown> =>
  temporal.client.workflow.start(workflowType, { workflowId, taskQueue: ORDERS_QUEUE, args: [{}] });
const statusOf = async (workflowId: string): Promise<string> =>
  (await temporal.client.workflow.getHandle(workflowId).describe()).status.name;

async function erasureOf(order: PlacedOrder): Promise<string> {
  const id = await requestErasure(storeOf(ledger.db), { ...order, actor: 'test', source: 'api' }, NOON);
  if (id === undefined) throw new Error('no such contact');
  return id;
}

function endRuns(
  erasure: string,
  { client = temporal.client, attempt = 1 }: { client?: Client; attempt?: number } = {},
) {
  const deps = { db: ledger.db, tokenOf, rules };
  const environment = new MockActivityEnvironment({ attempt, currentAttemptScheduledTimestampMs: NOON }, { client });
  return environment.run(createEraseActivities(deps).endRuns, { erasure, asOf: NOON, told: 2 });
}

const stepOf = async (erasure: string): Promise<unknown> =>
  (await erasureView(ledger.db, brand.id, erasure))?.steps.find(({ step }) => step === 'end_orders');

describe('a run of an erased person that takes no signal', () => {
  it('is never reported as ended while it lives: of order, consents or a message sent again, it is ended from outside', async () => {
    const order = await placedOrder(ledger.db);
    const bystander = await placedOrder(ledger.db);
    const redelivery = await ledger.db.transaction(async (trx) => {
      await requestRedelivery(trx, await planned(trx, order), 'operator', NOON, NOON);
      const { id } = await trx('redeliveries').orderBy('id', 'desc').first<{ id: number }>('id');
      return id;
    });
    const ids = [
      orderWorkflowId(brand.id, order.order),
      consentWorkflowId(brand.id, order.contact),
      redeliveryWorkflowId(brand.id, redelivery),
    ];
    const [orderRun = '', consents = '', again = ''] = ids;
    await run(ORDER_JOURNEY, orderRun);
    await run(CONSENT_RENEWAL, consents);
    await run(REDELIVERY, again);
    await run(ORDER_JOURNEY, orderWorkflowId(brand.id, bystander.order));
    await temporal.client.workflow.getHandle(orderRun).signal(contactErasedSignal);

    const erasure = await erasureOf(order);
    expect(await endRuns(erasure)).toBe(3);
    for (const id of ids) expect(await statusOf(id)).toBe('TERMINATED');
    expect(await statusOf(orderWorkflowId(brand.id, bystander.order))).toBe('RUNNING');
    expect(await stepOf(erasure)).toMatchObject({ result: 'done', detail: { runs: 2, terminated: 3 } });

    // Tried again after a crash between the engine's answer and ours.
    expect(await endRuns(erasure)).toBe(0);
    expect(await stepOf(erasure)).toMatchObject({ result: 'done', detail: { runs: 2, terminated: 3 } });
  });

  it('that the engine will not end is never reported as done: the step is tried again, and then says partly', async () => {
    const erasure = await erasureOf(await placedOrder(ledger.db));
    const away = engineAway();
    await expect(endRuns(erasure, { client: away.client })).rejects.toThrow();
    expect(await stepOf(erasure)).toBeUndefined();
    await endRuns(erasure, { client: away.client, attempt: 20 });
    expect(await stepOf(erasure)).toMatchObject({ result: 'partly', detail: { left: 2 } });
    await away.close();
    await endRuns(erasure);
    expect(await stepOf(erasure)).toMatchObject({ result: 'done' });
  });
});
