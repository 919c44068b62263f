/** The floor: an empty workflow with the engine's work of a real order, on the same server and in the same run. */
import type { Client } from '@temporalio/client';
import { historiesOf } from '../../dev/histories.ts';
import { startProgram } from '../../dev/programs.ts';
import type { Ending } from '../../dev/drill/servers.ts';
import type { EngineWork, FloorRun, FromFloor } from './floor-contract.ts';
import type { Usage } from './processes.ts';
import { usageOf } from './processes.ts';

export interface Floor {
  /** Plays `count` new orders and settles when their last activity has begun. */
  play(count: number, work: EngineWork): Promise<void>;
  usage(): Usage;
}

export async function startFloor(temporalAddress: string, begun: (ending: Ending) => void): Promise<Floor> {
  let hear: (message: FromFloor) => void = () => undefined;
  const next = (): Promise<FromFloor> => new Promise((resolve) => (hear = resolve));
  const polling = next();
  const program = startProgram(['bench/load/floor-worker.ts', temporalAddress], {
    onMessage: (message) => hear(message as FromFloor),
  });
  begun(async () => {
    program.kill('SIGKILL');
    await program.ended;
  });
  const died = program.ended.then((how) => {
    throw new Error(`the floor ended with ${how}:\n${program.output()}`);
  });
  died.catch(() => undefined);
  await Promise.race([polling, died]);
  let played = 0;
  return {
    async play(count, work) {
      const done = next();
      program.tell({ kind: 'run', from: played, count, work } satisfies FloorRun);
      played += count;
      const answer = await Promise.race([done, died]);
      if (answer.kind === 'failed') throw new Error(answer.why);
    },
    usage: () => usageOf(program.pid ?? 0),
  };
}

/** The engine's work of one order, by its history. */
export interface OrderWork extends EngineWork {
  readonly workflowTasks: number;
  readonly events: number;
  /** Writes of the run's state. The CPU of Temporal itself grows with this number. */
  readonly transitions: number;
}

export async function workOf(client: Client, workflowId: string): Promise<OrderWork> {
  const events = (await historiesOf(client, workflowId)).flatMap((history) => history.events ?? []);
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const count = (isOne: (event: (typeof events)[number]) => unknown): number => events.filter(isOne).length;
  return {
    signals: count((event) => event.workflowExecutionSignaledEventAttributes),
    locals: count((event) => event.markerRecordedEventAttributes?.markerName === 'core_local_activity'),
    timers: count((event) => event.timerStartedEventAttributes),
    activities: count((event) => event.activityTaskScheduledEventAttributes),
    workflowTasks: count((event) => event.workflowTaskCompletedEventAttributes),
    events: events.length,
    transitions: Number(raw.workflowExecutionInfo?.stateTransitionCount ?? 0),
  };
}
