import { afterAll, beforeAll, expect, it } from 'vitest';
import pino from 'pino';
import { startScheduleKeeper } from '../../engine/periodic.ts';
import { connectTemporal, temporalWorkflows } from '../../engine/temporal.ts';
import { searchAttributes } from '../../dev/installation.ts';
import type { DevServer } from '../../dev/servers/start-dev-server.ts';
import { RETENTION } from '../../workflows/contract.ts';
import { startTestDevServer } from '../helpers/temporal.ts';

let server: DevServer;
let temporal: ReturnType<typeof connectTemporal>;
beforeAll(async () => {
  server = await startTestDevServer(searchAttributes);
  temporal = connectTemporal({ connectionOptions: { address: server.address } });
});
afterAll(async () => {
  await temporal.close();
  await server.stop();
});

it('the daily work has a schedule after the first start, and stays as people have set it after the next', async () => {
  const start = () => startScheduleKeeper(temporalWorkflows(temporal.client), pino({ level: 'silent' }));
  const schedule = temporal.client.schedule.getHandle(RETENTION);
  const first = start();
  await expect
    .poll(() =>
      schedule.describe().then(
        ({ state }) => state.paused,
        () => undefined,
      ),
    )
    .toBe(false);
  await first.stop();
  const { action, spec, policies } = await schedule.describe();
  expect(action).toMatchObject({ type: 'startWorkflow', workflowType: RETENTION, workflowId: RETENTION });
  expect(spec.calendars).toHaveLength(1);
  expect(policies.overlap).toBe('SKIP');
  await schedule.pause('a person said so');
  const second = start();
  await second.stop();
  expect((await schedule.describe()).state.paused).toBe(true);
});
