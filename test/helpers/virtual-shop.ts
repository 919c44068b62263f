import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { historiesOf } from '../../dev/histories.ts';
import { quietTemporal, searchAttributes } from '../../dev/installation.ts';
import type { VirtualInstallation } from '../../dev/virtual-installation.ts';
import { startVirtualInstallation } from '../../dev/virtual-installation.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { bundleWorkflows } from '../../app/runtime/workflow-bundle.ts';
import { orderWorkflowId } from '../../workflows/contract.ts';
import { createTestDatabase } from './postgres.ts';
import { rules } from './rules.ts';
import type { VirtualShop } from './shop-verbs.ts';
import { demoBrand, withVerbs } from './shop-verbs.ts';
import { startTestTimeSkipping } from './temporal.ts';

/**
 * Call at the top of a test file. It uses the demo's brand and the standard journey unless the file names others.
 * Tests of the file share the clock, so they run one by one. At the end the histories of all orders are replayed:
 * each has to run in the same way again.
 */
export function virtualShop(
  plays: Pick<Parameters<typeof startVirtualInstallation>[0], 'journey' | 'inPlaceLimits'> & {
    readonly brand?: Brand;
  } = {},
): VirtualShop {
  let shop: VirtualShop | undefined;
  let end: () => Promise<void> = async () => {};
  beforeAll(async () => {
    quietTemporal();
    const database = await createTestDatabase();
    const environment = await startTestTimeSkipping(searchAttributes);
    const installation = await startVirtualInstallation({
      databaseUrl: database.url,
      environment,
      brand: demoBrand,
      rules,
      ...plays,
    });
    shop = withVerbs(installation);
    end = async () => {
      await replayOrders(installation);
      await installation.stop();
      await environment.teardown();
      await database.drop();
    };
  });
  afterAll(() => end());
  return new Proxy({} as VirtualShop, {
    get: (_, name) => {
      if (!shop) throw new Error('the installation starts before the first test, not before');
      return Reflect.get(shop, name) as unknown;
    },
  });
}

async function replayOrders({ db, environment, brand }: VirtualInstallation): Promise<void> {
  // An order of which only events are known has no run.
  const orders: { id: string }[] = await db('orders').whereNotNull('contact_id').select('id');
  const runs = await Promise.all(
    orders.map(({ id }) => historiesOf(environment.client, orderWorkflowId(brand.id, id))),
  );
  const histories = runs.flat().map((history, index) => ({ workflowId: `replayed-${index}`, history }));
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: await bundleWorkflows() }, histories))
    if (error) throw error;
}
