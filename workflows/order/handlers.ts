import { condition, setHandler } from '@temporalio/workflow';
import type { Command, CommandResult } from '../contract.ts';
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
import type { Fact } from '../../domain/orders/events.ts';
import { planLines } from '../../domain/journey/plan.ts';
import { heard } from './hops.ts';
import type { JourneyRun } from './journey-run.ts';

import type { WorkflowRecord } from '../../activities/record-event.ts';

/** Wires signals, updates and queries to a run. Call before the first await: what has arrived earlier is delivered then. */
export function handleMessages(run: JourneyRun): void {
  setHandler(orderEventSignal, (event, facts = []) => learnAll(run, event === null ? facts : [event]));
  setHandler(customerRepliedSignal, (answer) => run.learn(answer));
  setHandler(messageStatusSignal, (status) => heard(run, status, Date.now()));

  setHandler(contactErasedSignal, () => {
    run.erased = true;
    run.dirty = true;
  });

  setHandler(planQuery, () => planLines(run.plan(Date.now())));
  setHandler(timelineQuery, () => run.timeline);

  setHandler(
    pauseUpdate,
    (command) =>
      execute(run, command, () => run.pause(command.until), {
        type: 'paused',
        ...(command.until !== undefined && { until: command.until }),
      }),
    {
      validator: ({ until }) => {
        if (until !== undefined && until <= Date.now()) throw new Error('the pause would be over already');
      },
    },
  );
  setHandler(resumeUpdate, (command) => execute(run, command, () => run.resume(), { type: 'resumed' }));
  setHandler(
    skipStepUpdate,
    (command) => execute(run, command, () => run.strike(command.step), { type: 'struck', step: command.step }),
    {
      validator: ({ step }) => {
        if (!run.hasStep(step)) throw new Error('the order has no such step');
      },
    },
  );
  setHandler(cancelMessagesUpdate, (command) =>
    execute(run, command, () => run.cancelMessages(), { type: 'messages_cancelled' }),
  );
}

function learnAll(run: JourneyRun, facts: readonly Fact[]): void {
  run.learn(...facts.filter((fact) => fact.type !== 'message_status'));
  for (const fact of facts) if (fact.type === 'message_status') heard(run, fact, Date.now());
}

type CommandRecord = Omit<Extract<WorkflowRecord, { kind: 'command' }>, 'kind' | 'id'>;

/**
 * Applies a command once, whatever run it comes to, and answers when it is on record. The main loop writes the record: two
 * local activities at a time may resolve in another order when they are replayed.
 */
async function execute(
  run: JourneyRun,
  { id }: Command,
  change: () => void,
  record: CommandRecord,
): Promise<CommandResult> {
  const now = Date.now();
  if (run.commands.isNew(id)) {
    change();
    run.commands.toRecord({ kind: 'command', id, ...record });
    run.dirty = true;
  }
  await condition(() => run.commands.isRecorded(id));
  return { plan: planLines(run.plan(now)) };
}
