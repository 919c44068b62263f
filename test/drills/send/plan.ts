/** The messages of the send drill and the fate of each of them: plain data, the same in every run. */

/** Where the worker of orders is killed: around the local activities of one workflow task. */
export const ORDER_POINTS = ['before_check', 'after_check', 'after_render'] as const;
/**
 * Where the worker that sends is killed: that of sends, or that of orders for a message that is sent where its order is worked on.
 * `in_flight`: the provider has the request, the answer is not read. `answered`: read and
 * not recorded. `recorded`: the activity has not returned. `completed`: Temporal has its result.
 */
const SEND_POINTS = ['send_begun', 'gate_read', 'submitted', 'in_flight', 'answered', 'recorded', 'completed'] as const;
export const KILL_POINTS = [...ORDER_POINTS, ...SEND_POINTS] as const;
export type KillPoint = (typeof KILL_POINTS)[number];
export type Point = KillPoint | 'no_kill';
export const POINTS: readonly Point[] = [...KILL_POINTS, 'no_kill'];

/** Faults of the first request of a message. `before` and `after`: the provider's taking it. */
export const FAULTS = [
  'none',
  'timeout_before',
  'timeout_after',
  '5xx_before',
  '5xx_after',
  'reset_before',
  'reset_after',
  'throttled',
  'stalled_body',
  'broken_body',
  'refused_connection',
  'no_such_host',
] as const;
export type CallFault = (typeof FAULTS)[number];

export const CLASSES = ['transactional', 'promotional'] as const;
export type DrilledClass = (typeof CLASSES)[number];

/** `here`: the worker of orders sends it. `queue`: a worker of sends does. */
export type SendWay = 'here' | 'queue';

/** One order with one message, and its fate. */
export interface PlannedSend {
  /** `drill-WAY-NUMBER`: the worker of orders reads the way from it (`wayOf`). */
  readonly order: string;
  readonly way: SendWay;
  /** E.164. The order's alone: faults and the provider's log go by it. */
  readonly phone: string;
  readonly class: DrilledClass;
  readonly point: Point;
  readonly fault: CallFault;
  /** The time from the acceptance of the message to its record at the provider, ms. */
  readonly lagMs: number;
  /** Whether the provider sends status webhooks for it. Without them only its records tell what became of an unknown. */
  readonly receipts: boolean;
}

/** Messages that are on their way together and are hit by one kill. */
export type Batch = readonly PlannedSend[];

/** The way that the message of an order takes. */
export function wayOf(order: string): SendWay {
  return order.startsWith('drill-here-') ? 'here' : 'queue';
}

/** Lag and receipts of a message. */
export type Conditions = Pick<PlannedSend, 'lagMs' | 'receipts'>;

export interface BatchShape {
  readonly points: readonly Point[];
  readonly faults: readonly CallFault[];
  /** The number of times that every combination of point, fault and class occurs. */
  readonly copies: number;
  /** The classes take turns instead: every combination of point and fault has one of them. */
  readonly inTurn?: true;
  /** Dealt out in turn, so that over a few batches every combination meets each of them. */
  readonly conditions: readonly Conditions[];
}

/** One batch per shape: every point x fault x class in it. */
export function planBatches(shapes: readonly BatchShape[]): Batch[] {
  let count = 0;
  return shapes.map(({ points, faults, copies, inTurn, conditions }, turn) => {
    const conditionsOf = (turns: number): Conditions => conditions[turns % conditions.length] ?? ON_RECORD_AT_ONCE;
    return points.flatMap((point, place) =>
      faults.flatMap((fault, row) =>
        CLASSES.flatMap((messageClass, column) => {
          if (inTurn && column !== (place + row) % CLASSES.length) return [];
          // Two faults in a row have the same conditions, so that these meet both classes.
          const step = inTurn ? Math.floor(row / CLASSES.length) : row + column;
          return Array.from({ length: copies }, (_, copy): PlannedSend => {
            count += 1;
            const conditions = conditionsOf(turn * copies + place + step + copy);
            // Two faults in a row go the same way, so that both classes do.
            const way = (turn + place + Math.floor(row / CLASSES.length) + copy) % 2 === 0 ? 'here' : 'queue';
            return { ...ids(count, way), way, class: messageClass, point, fault, ...conditions };
          });
        }),
      ),
    );
  });
}

const ON_RECORD_AT_ONCE: Conditions = { lagMs: 0, receipts: false };

/** Norwegian mobile numbers: no window of a country or state is narrower than the default that holds there. */
function ids(count: number, way: SendWay): Pick<PlannedSend, 'order' | 'phone'> {
  return { order: `drill-${way}-${count}`, phone: `+474${1_000_000 + count}` };
}
