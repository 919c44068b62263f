/**
 * Loaded by the threads of workflows before all other code (workflow-threads.ts). It changes three things for which
 * Temporal's SDK has no setting. The heap of a thread is its own, so each thread also collects its garbage at rest.
 */
import { promiseHooks } from 'node:v8';
import { Script, createContext } from 'node:vm';
import { BaseVMWorkflow } from '@temporalio/worker/lib/workflow/vm-shared.js';
import { giveBackAtRest } from './memory-at-rest.ts';

takeNoStackTraces();
watchActivationsOnce();
giveBackAtRest();

/**
 * The SDK takes a stack trace of every promise of a workflow, for Temporal UI's page "call stack": it was a seventh of the CPU of the worker of
 * orders. The SDK does without where V8 has no hooks for promises, and then says so in a line that is not one of our log.
 */
function takeNoStackTraces(): void {
  const notice = 'v8.promiseHooks.createHook is not available';
  const warn = console.warn.bind(console);
  Object.assign(promiseHooks, {
    createHook() {
      throw new Error(notice);
    },
  });
  console.warn = (...words: readonly unknown[]) => {
    if (!String(words[0]).startsWith(notice)) warn(...words);
  };
}

type Activate = BaseVMWorkflow['activate'];
type Activation = Parameters<Activate>[0];
type Completion = Awaited<ReturnType<Activate>>;

interface Watched {
  readonly runId: string;
  readonly activator: { errorToFailure(error: unknown): NonNullable<NonNullable<Completion['failed']>['failure']> };
}

/**
 * Workflow code may run for 5 s at a time. The SDK has that watched in each of the three to five calls into a workflow that one activation makes,
 * and for each of them Node starts a thread and ends it again: 0.14 ms of CPU, and a tenth of the CPU of the worker of orders. Here one
 * watch covers all calls of an activation.
 */
function watchActivationsOnce(): void {
  /** The limit for one call, as the SDK names it (`isolateExecutionTimeout`). */
  const limitMs = 5_000;
  const { prototype: workflow } = BaseVMWorkflow;
  // oxlint-disable-next-line typescript/unbound-method -- called with the workflow as `this`
  const { activate } = workflow;
  // oxlint-disable-next-line typescript/unbound-method -- called with the script as `this`
  const { runInContext } = Script.prototype;
  const watched: { run(this: void): void } = { run() {} };
  const watch = new Script('run()');
  const context = createContext(watched);
  let isWatched = false;

  Script.prototype.runInContext = function (within, options) {
    if (!isWatched || typeof options !== 'object') return runInContext.call(this, within, options) as unknown;
    const { timeout: _covered, ...others } = options;
    return runInContext.call(this, within, others) as unknown;
  };

  // The SDK's function calls into the workflow before it first awaits, so the watch covers all of that.
  workflow.activate = async function (activation: Activation): Promise<Completion> {
    let completion: Promise<Completion> | undefined;
    watched.run = () => {
      completion = activate.call(this, activation);
    };
    isWatched = true;
    try {
      runInContext.call(watch, context, { timeout: limitMs });
    } catch (error) {
      // The same answer as the SDK's: the task fails, and is tried again.
      const { activator, runId } = this as unknown as Watched;
      return { runId, failed: { failure: activator.errorToFailure(error) } };
    } finally {
      // The watch ends here and not inside: code that is terminated runs no `finally`.
      isWatched = false;
      watched.run = () => {};
    }
    if (!completion) throw new Error('an activation did not begin');
    return completion;
  };
}
