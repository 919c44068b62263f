/**
 * A run in its workflow: the state of the interpreter (domain/journey/run.ts), what only the workflow needs beside it, and how
 * signals, updates and queries reach it.
 */
import type { RunInput, Run, RunFact } from '../../domain/journey/run.ts';
import { advance, planOf, stepOf } from '../../domain/journey/run.ts';
import type { OrderRef, CommandResult } from '../contract.ts';
import type { OrderJourneyInput } from './carried-run.ts';
import { runOf } from './carried-run.ts';
import { CommandLog } from './command-log.ts';
import { condition, setHandler } from '@temporalio/workflow';
import {
  cancelMessagesUpdate,
  contactErasedSignal,
  customerRepliedSignal,
  messageStatusSignal,
  orderEventSignal,
  pauseUpdate,
  planQuery,
  resumeUpdate,
  skipStepUpdate,
  timelineQuery,
} from '../contract.ts';
import type { Fact, MessageStatus } from '../../domain/orders/events.ts';
import { planLines } from '../../domain/journey/plan.ts';
import type { WorkflowRecord } from '../../activities/records.ts';

export class OrderRun {
  readonly ref: OrderRef;
  readonly commands: CommandLog;
  /** Set by signals, commands and finished sends; the main loop plans again. */
  dirty = false;
  /** The person is being erased: nothing more is done for the order. */
  erased = false;
  /** Unknown outcomes are settled in a pause too. False in a run that began before they were. */
  settlesInPause = false;
  #run: Run;
  /** Facts that have come and are not applied yet. */
  #heard: RunFact[] = [];
  #heardAt = 0;

  constructor({ brand, order, carried }: OrderJourneyInput) {
    this.ref = { brand, order };
    this.commands = new CommandLog(carried?.commands);
    this.#run = runOf(carried);
  }

  /** With all facts that have come. */
  get run(): Run {
    if (this.#heard.length > 0) {
      const facts = this.#heard;
      this.#heard = [];
      this.#run = advance(this.#run, { kind: 'facts', facts }, this.#heardAt);
    }
    return this.#run;
  }

  /** Facts are applied together when the run is next read, because thousands may arrive in one workflow task. */
  learn(now: number, ...facts: readonly RunFact[]): void {
    if (facts.length === 0) return;
    for (const fact of facts) this.#heard.push(fact);
    this.#heardAt = now;
    this.dirty = true;
  }

  /**
   * Tells the main loop to plan again if the order or a step has changed, and after every send, because the next
   * message may have waited for it.
   */
  take(happening: RunInput, now: number): void {
    const before = this.run;
    this.#run = advance(before, happening, now);
    if (this.#run.state !== before.state || happening.kind === 'result') this.dirty = true;
  }

  /** Changes that ask for no new plan. */
  replace(run: Run): void {
    this.#run = run;
  }
}

/**
 * Registers the handlers of signals, updates and queries. Call this before the first await: signals that arrived
 * earlier are delivered then.
 */
export function handleMessages(order: OrderRun): void {
  setHandler(orderEventSignal, (event, facts = []) => learnAll(order, event === null ? facts : [event]));
  setHandler(customerRepliedSignal, (answer) => order.learn(Date.now(), answer));
  setHandler(messageStatusSignal, (status) => report(order, status));

  setHandler(contactErasedSignal, () => {
    order.erased = true;
    order.dirty = true;
  });

  setHandler(planQuery, () => planLines(planOf(order.run, Date.now())));
  setHandler(timelineQuery, () => order.run.lines);

  setHandler(
    pauseUpdate,
    ({ id, until }) =>
      execute(order, id, { kind: 'paused', until }, { type: 'paused', ...(until !== undefined && { until }) }),
    {
      validator: ({ until }) => {
        if (until !== undefined && until <= Date.now()) throw new Error('the pause would be over already');
      },
    },
  );
  setHandler(resumeUpdate, ({ id }) => execute(order, id, { kind: 'resumed' }, { type: 'resumed' }));
  setHandler(
    skipStepUpdate,
    ({ id, step }) => execute(order, id, { kind: 'step_skipped', step }, { type: 'step_skipped', step }),
    {
      validator: ({ step }) => {
        if (!stepOf(order.run, step)) throw new Error('the order has no such step');
      },
    },
  );
  setHandler(cancelMessagesUpdate, ({ id }) =>
    execute(order, id, { kind: 'messages_cancelled' }, { type: 'messages_cancelled' }),
  );
}

function learnAll(order: OrderRun, facts: readonly Fact[]): void {
  order.learn(Date.now(), ...facts.filter((fact) => fact.type !== 'message_status'));
  for (const fact of facts) if (fact.type === 'message_status') report(order, fact);
}

function report(order: OrderRun, { message, status }: MessageStatus): void {
  order.take({ kind: 'report', message, status }, Date.now());
}

type CommandRecord = Omit<Extract<WorkflowRecord, { kind: 'command' }>, 'kind' | 'id'>;

/**
 * Applies a command once, whichever run receives it, and answers when it is recorded. The main loop writes the
 * record: two local activities at a time may resolve in another order in a replay.
 */
async function execute(
  order: OrderRun,
  id: string,
  happening: RunInput,
  record: CommandRecord,
): Promise<CommandResult> {
  const now = Date.now();
  if (order.commands.isNew(id)) {
    order.take(happening, now);
    order.commands.toRecord({ kind: 'command', id, ...record });
    order.dirty = true;
  }
  await condition(() => order.commands.isRecorded(id));
  return { plan: planLines(planOf(order.run, now)) };
}
