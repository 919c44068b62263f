/** The table of the README: which event brings which messages, read from the standard journey. */
import type { Trigger } from '../domain/journey/trigger.ts';
import type { JourneyDefinition, Step } from '../domain/journey/journey.ts';
import { kindRule } from '../domain/sending/message.ts';

/**
 * The events that start a trigger, in the shop's words, or another cause. A new trigger does not compile until it has
 * its row here.
 */
const STARTS: Readonly<Record<Trigger, string>> = {
  placed: 'order placed: `POST /v1/orders`',
  updated: '`order_updated`',
  cancelled: '`order_cancelled`',
  refunded: '`refund_issued`',
  returned: '`return_received`',
  shipped: '`parcel_shipped`',
  out_for_delivery: '`parcel_out_for_delivery`',
  ready_for_pickup: '`parcel_ready_for_pickup`',
  delivery_failed: '`parcel_delivery_failed`',
  promise_moved: '`delivery_promised`, later than before',
  promise_passed: 'the promised time passes',
  delivered: '`parcel_delivered`, the last parcel',
  parcel_delivered: '`parcel_delivered`, each parcel',
  rated: 'the customer rates',
  rated_low: 'the customer rates 1 to 3',
  rated_high: 'the customer rates 4 or 5',
  case_closed: 'an agent closes the last case',
  run_out: 'the product is used up, as predicted',
  never_arrived: 'the order does not arrive',
  tier_reached: '`tier_reached`',
};

export const EVENT_MESSAGES_HEAD = ['event', 'message', 'when', 'class'];

/** A row for each message that an event can bring, in the order of the journey's events. Steps of one message that differ in their delay share a row. */
export function eventMessages({ steps }: JourneyDefinition): readonly (readonly string[])[] {
  const rows = new Map<string, { readonly cells: readonly [string, string, string]; readonly delays: Set<string> }>();
  const events = [...new Set(steps.map(({ when }) => when))];
  for (const event of events)
    for (const step of steps) {
      if (step.when !== event || !('send' in step.act)) continue;
      const kind = step.act.send;
      const key = `${event} ${kind}`;
      const row = rows.get(key) ?? {
        cells: [STARTS[event], `\`${kind}\``, kindRule(kind).class],
        delays: new Set<string>(),
      };
      row.delays.add(delayOf(step));
      rows.set(key, row);
    }
  return [...rows.values()].map(({ cells: [event, message, name], delays }) => [
    event,
    message,
    [...delays].join(', or '),
    name,
  ]);
}

const UNITS: Readonly<Record<string, string>> = { m: 'minute', h: 'hour', d: 'day' };

function delayOf({ after, orWhen }: Pick<Step, 'after' | 'orWhen'>): string {
  const [, before, count = '', unit = ''] = /^(-?)(\d+)([mhd])$/.exec(after ?? '') ?? [];
  const name = `${count} ${UNITS[unit]}${count === '1' ? '' : 's'}`;
  const delay = after === undefined ? 'at once' : `${name} ${before === '-' ? 'before' : 'later'}`;
  return orWhen === undefined ? delay : `${delay}, or at once when ${STARTS[orWhen]}`;
}
