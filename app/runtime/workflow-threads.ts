import threads from 'node:worker_threads';

/** Node says once in each thread that taking out types is experimental. The process's own flag does not hold for its threads. */
const QUIET = '--disable-warning=ExperimentalWarning';
const PRELOADED = [
  new URL('stripped-types.mjs', import.meta.url),
  new URL('workflow-thread-preload.ts', import.meta.url),
].flatMap(({ href }) => ['--import', href]);
/** The file of the SDK that a thread for workflows runs. */
const THREAD_OF_WORKFLOWS = /workflow-worker-thread\.js$/;

/**
 * Runs `create`, and threads for workflows that it starts load `PRELOADED` first. The SDK passes no options to its threads, so they are
 * given here; all other threads are left alone.
 */
export async function withFastThreads<T>(create: () => Promise<T>): Promise<T> {
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(file: string | URL, options?: threads.WorkerOptions) {
      // The flags of the process are not handed on, because Node refuses some of them, such as --env-file, for a
      // thread.
      super(file, THREAD_OF_WORKFLOWS.test(String(file)) ? { ...options, execArgv: [QUIET, ...PRELOADED] } : options);
    }
  };
  try {
    return await create();
  } finally {
    threads.Worker = Worker;
  }
}
