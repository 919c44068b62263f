/**
 * `download-server.ts dev-server|time-skipping VERSION FOLDER`: lets the Temporal SDK download one of its servers into the
 * folder, by starting it once. Ends with code 1 and the reason as the last line when it cannot.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { messageOf } from './resolve.ts';

const [kind, version, downloadDir] = process.argv.slice(2);
if (version === undefined || downloadDir === undefined)
  throw new Error('Usage: download-server.ts KIND VERSION FOLDER');

const server = { executable: { type: 'cached-download', version, downloadDir, ttl: '3650 days' } } as const;
try {
  const environment = await (kind === 'dev-server'
    ? TestWorkflowEnvironment.createLocal({ server })
    : TestWorkflowEnvironment.createTimeSkipping({ server }));
  await environment.teardown();
  process.exit(0);
} catch (error) {
  process.stderr.write(`\n${messageOf(error)}\n`);
  process.exit(1);
}
