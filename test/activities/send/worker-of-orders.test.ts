/** The worker of orders sends too, with the limits of its settings and at the rate of the provider's account. */
import { MockActivityEnvironment, type TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckConsentResult } from '../../../activities/check-consent.ts';
import type { ActivityDeps } from '../../../activities/index.ts';
import { createOrderActivities } from '../../../activities/index.ts';
import { saveLane } from '../../../db/sending/lanes/lanes.ts';
import { accountLane } from '../../../domain/sending/lane.ts';
import { quietTemporal, searchAttributes } from '../../../dev/installation.ts';
import { createLog } from '../../../telemetry/log.ts';
import { activityDeps, startWorkers } from '../../../app/workers.ts';
import type { WorkflowBundle } from '../../../app/runtime/workflow-bundle.ts';
import { bundleWorkflows } from '../../../app/runtime/workflow-bundle.ts';
import type { Queue } from '../../../workflows/queues.ts';
import { keys, storeOf } from '../../helpers/keys.ts';
import { removeLanes } from '../../helpers/lanes.ts';
import { NOON, intended, placedOrder } from '../../helpers/ledger.ts';
import { startTestTimeSkipping } from '../../helpers/temporal.ts';
import type { Sending } from './sending.ts';
import { rules, startSending } from './sending.ts';

let stage: Sending;
beforeAll(async () => {
  stage = await startSending();
});
afterAll(() => stage.close());

function partsOf() {
  const { db, sender } = stage;
  return { ...storeOf(db), clock: { now: () => 1 }, rules, keys, log: createLog('silent'), provider: { sender } };
}

describe('a message that is due at a worker of orders', () => {
  beforeEach(() => {
    stage.requests();
  });

  async function checked({
    leaveSends,
    ...settings
  }: Pick<ActivityDeps, 'sendsInPlace' | 'leaveSends'> = {}): Promise<CheckConsentResult> {
    const { checkConsent } = createOrderActivities({
      ...activityDeps(partsOf(), settings),
      ...(leaveSends && { leaveSends }),
    });
    const info = { currentAttemptScheduledTimestampMs: 1 };
    const environment = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
    const input = { ...intended(await placedOrder(stage.db)), asOf: NOON, render: true, send: true } as const;
    return environment.run(checkConsent, input);
  }

  it('is sent in place while there is room by the settings, and left to the queue where they leave none', async () => {
    expect(await checked()).toMatchObject({ sent: { kind: 'accepted' } });
    expect(await checked({ sendsInPlace: 1 })).toMatchObject({ sent: { kind: 'accepted' } });
    expect(await checked({ sendsInPlace: 0 })).not.toHaveProperty('sent');
  });

  it('is left to the queue if the worker does not wait for sends any more', async () => {
    expect(await checked({ leaveSends: AbortSignal.abort() })).not.toHaveProperty('sent');
    expect(stage.requests()).toBe(0);
  });
});

describe("the rate of the provider's account", () => {
  let environment: TestWorkflowEnvironment;
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    quietTemporal();
    environment = await startTestTimeSkipping(searchAttributes);
    bundle = await bundleWorkflows();
  });
  afterAll(() => environment.teardown());
  beforeEach(() => removeLanes(stage.db));

  /** The rate on record once workers of these queues have started. */
  async function afterStartOf(queues: readonly Queue[], sendRate: number): Promise<unknown> {
    const { nativeConnection: connection } = environment;
    const parts = { ...partsOf(), connection, namespace: 'default' };
    const workers = await startWorkers(parts, { queues, sendRate, shutdownGraceMs: 0, bundle });
    await workers.stop();
    return stage.db('lanes').where({ id: 'account' }).select('tokens', 'period_ms');
  }

  it('is there for a worker of orders alone, because without it a send would have no limit', async () => {
    expect(await afterStartOf(['orders'], 7)).toEqual([{ tokens: 7, period_ms: 1000 }]);
  });

  it('is not changed by a worker of orders alone', async () => {
    await saveLane(stage.db, accountLane(3));
    expect(await afterStartOf(['orders'], 7)).toEqual([{ tokens: 3, period_ms: 1000 }]);
  });

  it('is set by a worker of sends', async () => {
    await saveLane(stage.db, accountLane(3));
    expect(await afterStartOf(['send'], 7)).toEqual([{ tokens: 7, period_ms: 1000 }]);
  });
});
