import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { type DevServer, startDevServer } from '../../dev/servers/start-dev-server.ts';
import { startTimeSkipping } from '../../dev/servers/start-time-skipping.ts';
import type { SearchAttributes } from '../../dev/servers/search-attributes.ts';
import { shared } from './servers.ts';

/** A time-skipping server of the test file's own; end it with `teardown()`. Time is global to it, so tests run one by one. */
export async function startTestTimeSkipping(searchAttributes: SearchAttributes): Promise<TestWorkflowEnvironment> {
  const { path } = await shared('testServer');
  return await startTimeSkipping({ path, searchAttributes, log: (line) => process.stderr.write(`${line}\n`) });
}

/** A dev server of the test file's own, without Web UI unless asked for. */
export async function startTestDevServer(searchAttributes: SearchAttributes, ui = false): Promise<DevServer> {
  const { path } = await shared('temporalCli');
  return await startDevServer({ program: path, searchAttributes, ...(ui ? {} : { uiPort: false }) });
}
