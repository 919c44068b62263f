/**
 * One worker at work and one on standby: a killed worker is replaced at once, as a supervisor of processes would do.
 */
import { lastLines } from '../../../dev/servers/run-program.ts';
import type { Program } from '../../../dev/programs.ts';
import { startProgram } from '../../../dev/programs.ts';
import type { FromWorker, CallRoute, ToWorker, DrillWorkerSettings } from './channel.ts';

export interface Supervisor {
  /** Ends the worker at work with SIGKILL. Resolves when its successor polls. */
  replace(): Promise<void>;
  /** The last lines that the worker at work has written: little, unless its activities fail. */
  output(): string;
  /** Rejects when a worker ends that the drill has not killed. */
  readonly failed: Promise<never>;
}

/** Lets a worker go on that waits for an answer; `route` matters only to one that is dialling. */
export type ReleaseWorker = (route?: CallRoute) => void;

export type OnWorkerMessage = (message: Exclude<FromWorker, { kind: 'polling' }>, letGo: ReleaseWorker) => void;

/** Starts the first worker. All of them end with this process. */
export async function startSupervisor(
  settings: DrillWorkerSettings,
  onWorkerMessage: OnWorkerMessage,
): Promise<Supervisor> {
  let atWork: StartedWorker | undefined;
  const failed = Promise.withResolvers<never>();

  function launchWorker(): StartedWorker {
    const polling = Promise.withResolvers<void>();
    const program = startProgram(['test/drills/send/worker.ts'], {
      onMessage: (given) => {
        const message = given as FromWorker;
        if (message.kind === 'polling') polling.resolve();
        // The last words of a killed worker are not answered, and must not be taken for its successor's.
        else if (atWork === self) onWorkerMessage(message, answerTo(program, message));
      },
    });
    const self: StartedWorker = { program, polling: polling.promise };
    void program.ended.then((how) => {
      if (how === 'SIGKILL') return;
      failed.reject(new Error(`a worker of ${settings.queue} ended with ${how}:\n${program.output()}`));
    });
    return self;
  }

  async function putToWork(one: StartedWorker): Promise<void> {
    atWork = one;
    one.program.tell({ kind: 'start', settings } satisfies ToWorker);
    await Promise.race([one.polling, failed.promise]);
  }

  await putToWork(launchWorker());
  let standby = launchWorker();
  return {
    failed: failed.promise,
    output: () => lastLines(atWork?.program.output() ?? ''),
    async replace() {
      const killed = atWork;
      atWork = undefined;
      killed?.program.kill('SIGKILL');
      await killed?.program.ended;
      await putToWork(standby);
      standby = launchWorker();
    },
  };
}

interface StartedWorker {
  readonly program: Program;
  readonly polling: Promise<void>;
}

function answerTo(program: Program, message: Parameters<OnWorkerMessage>[0]): ReleaseWorker {
  return (route = 'provider') => {
    if (message.kind === 'returned') return;
    program.tell({ kind: 'go', id: message.id, route } satisfies ToWorker);
  };
}
