import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import threads from 'node:worker_threads';
import { afterAll, expect, it } from 'vitest';
import { withFastThreads } from '../../../app/runtime/workflow-threads.ts';

const folder = mkdtempSync(join(tmpdir(), 'dopo-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the code in a thread with this file name and returns what it calls `answer` with. */
async function answerOf(name: string, code: string): Promise<unknown> {
  const file = join(folder, name);
  writeFileSync(file, `const answer = (value) => require('node:worker_threads').parentPort.postMessage(value);${code}`);
  const thread = new threads.Worker(file);
  const [answer] = (await once(thread, 'message')) as unknown[];
  await thread.terminate();
  return answer;
}

/** Whether promises can be traced in a thread with this file name. */
function traces(name: string): Promise<unknown> {
  return answerOf(
    name,
    `let traced = true;
     try { require('node:v8').promiseHooks.createHook({ init() {} })(); } catch { traced = false; }
     answer(traced);`,
  );
}

const WORKFLOWS_OF_SDK = createRequire(import.meta.url).resolve('@temporalio/worker/lib/workflow/vm-shared.js');

/** Completions of activations of a run that calls into its context with an own limit, ms, and runs this code there. */
function activations(limit: number, ...codes: readonly string[]): Promise<unknown> {
  return answerOf(
    'workflow-worker-thread.js',
    `const { createContext, Script } = require('node:vm');
     const { BaseVMWorkflow } = require(${JSON.stringify(WORKFLOWS_OF_SDK)});
     const context = createContext({ stop: () => Date.now() + 100, now: () => Date.now() });
     const call = (code) => new Script(code).runInContext(context, { timeout: ${limit}, displayErrors: true });
     const run = (code) => {
       const activator = {
         mutateWorkflowInfo() {}, addKnownFlags() {}, hasFlag: () => true, info: { runId: 'run' },
         errorToFailure: ({ message }) => ({ message }),
       };
       const module = { activate: () => call(code), tryUnblockConditions: () => 0, concludeActivation: () => ({ runId: 'run', successful: {} }) };
       const workflow = new (class extends BaseVMWorkflow {})('run', context, activator, module);
       return workflow.activate({ jobs: [], timestamp: { nanos: 0 } });
     };
     (async () => {
       const completions = [];
       for (const code of ${JSON.stringify(codes)}) completions.push(await run(code));
       answer(completions);
     })();`,
  );
}

it('a thread of workflows takes no stack trace of its promises, and other threads are left as they are', async () => {
  const [workflows, other] = await withFastThreads(() =>
    Promise.all([traces('workflow-worker-thread.js'), traces('other.js')]),
  );
  expect([workflows, other, await traces('workflow-worker-thread.js')]).toEqual([false, true, true]);
});

const DONE = { runId: 'run', successful: {} };
const BUSY = 'for (const end = stop(); now() < end;);';

it('a run that does not stop by itself fails its task, and the next run of the same thread goes on', async () => {
  // 5 s, as `isolateExecutionTimeout` of the SDK. The call itself would be let run for a day.
  const [endless, next] = (await withFastThreads(() => activations(86_400_000, 'for (;;);', '1 + 1'))) as object[];
  expect(endless).toEqual({ runId: 'run', failed: { failure: { message: expect.stringMatching(/timed out/) } } });
  expect(next).toEqual(DONE);
});

it('one watch covers all calls of an activation: Node starts a thread for each', async () => {
  // A call that was watched by itself would be ended after its 20 ms.
  expect(await withFastThreads(() => activations(20, BUSY))).toEqual([DONE]);
});
