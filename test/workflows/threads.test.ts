import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import threads from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { withoutTraces } from '../../workflow-threads.ts';

const folder = mkdtempSync(join(tmpdir(), 'dopo-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts a thread with this file name and returns whether promises can be traced in it. */
async function traces(name: string): Promise<unknown> {
  const file = join(folder, name);
  writeFileSync(
    file,
    `let traced = true;
     try { require('node:v8').promiseHooks.createHook({ init() {} })(); } catch { traced = false; }
     require('node:worker_threads').parentPort.postMessage(traced);`,
  );
  const thread = new threads.Worker(file);
  const [traced] = (await once(thread, 'message')) as unknown[];
  await thread.terminate();
  return traced;
}

it('a thread of workflows takes no stack trace of its promises, and other threads are left as they are', async () => {
  const [workflows, other] = await withoutTraces(() =>
    Promise.all([traces('workflow-worker-thread.js'), traces('other.js')]),
  );
  expect([workflows, other, await traces('workflow-worker-thread.js')]).toEqual([false, true, true]);
});
