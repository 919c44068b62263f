import { condition, setHandler } from '@temporalio/workflow';
import type { CommandResult } from '../contract.ts';
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
import type { Happening } from '../../domain/journey/run.ts';
import { planOf, stepOf } from '../../domain/journey/run.ts';
import type { WorkflowRecord } from '../../activities/record-event.ts';
import type { OrderRun } from './order-run.ts';

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
  happening: Happening,
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
