import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { startDevServer } from '../../dev/servers/start-dev-server.ts';
import { startTimeSkipping } from '../../dev/servers/start-time-skipping.ts';
import { shared } from '../helpers/servers.ts';
import { startTestDevServer, startTestTimeSkipping } from '../helpers/temporal.ts';

const SEARCH_ATTRIBUTES = { DopoBrand: 'Keyword', DopoNextDue: 'Datetime', DopoHold: 'Bool' } as const;
const DAY_MS = 86_400_000;

/** A workflow without a worker: enough to see what the server accepts and keeps. */
async function startIdleWorkflow(client: Client): Promise<void> {
  await client.workflow.start('idle', {
    workflowId: 'idle',
    taskQueue: 'nobody',
    searchAttributes: { DopoBrand: ['sole'], DopoHold: [false] },
  });
}

describe('the Temporal servers of the tests', () => {
  it('the time-skipping server passes 30 days at once and knows the search attributes', async () => {
    const environment = await startTestTimeSkipping(SEARCH_ATTRIBUTES);
    const before = await environment.currentTimeMs();
    await environment.sleep('30 days');
    expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(30 * DAY_MS);
    await startIdleWorkflow(environment.client);
    await environment.teardown();
  });

  it('a time-skipping server that takes longer than the 5 s the SDK allows is warmed up and started again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dopo-slow-'));
    const { path: real } = await shared('testServer');
    const slowOnce = join(folder, 'slow-once');
    await writeFile(
      slowOnce,
      `#!/bin/sh\n[ -e "${folder}/cold" ] && rm "${folder}/cold" && sleep 60\nexec "${real}" "$1"\n`,
    );
    await chmod(slowOnce, 0o755);
    await writeFile(join(folder, 'cold'), '');
    const lines: string[] = [];
    const environment = await startTimeSkipping({
      path: slowOnce,
      searchAttributes: SEARCH_ATTRIBUTES,
      log: (line) => lines.push(line),
    });
    expect(lines[0]).toMatch(/^Temporal time-skipping server: a start failed .*, warming up$/);
    await environment.teardown();
    await rm(folder, { recursive: true });
  });

  it('the dev server keeps workflows and search attributes in its file over a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dopo-temporal-'));
    const { path: program } = await shared('temporalCli');
    const options = { program, searchAttributes: SEARCH_ATTRIBUTES, dbFile: join(folder, 'data', 'temporal.db') };
    const first = await startDevServer(options);
    const connection = await Connection.connect({ address: first.address });
    await startIdleWorkflow(new Client({ connection }));
    expect((await fetch(first.uiUrl ?? '')).status).toBe(200);
    await connection.close();
    await first.stop();

    const second = await startDevServer({ ...options, uiPort: false });
    const again = await Connection.connect({ address: second.address });
    const description = await new Client({ connection: again }).workflow.getHandle('idle').describe();
    expect(description.status.name).toBe('RUNNING');
    expect(second.uiUrl).toBeUndefined();
    await again.close();
    await second.stop();
    await rm(folder, { recursive: true });
  });

  it('a server that already runs is used by its address and left running', async () => {
    const own = await startTestDevServer({});
    const borrowed = await startDevServer({ program: own.address, searchAttributes: SEARCH_ATTRIBUTES });
    const connection = await Connection.connect({ address: borrowed.address });
    await startIdleWorkflow(new Client({ connection }));
    await borrowed.stop();
    await connection.workflowService.getSystemInfo({});
    await connection.close();
    await own.stop();
  });
});
