/**
 * Knows at which point each message stands, and kills the worker: as soon as a whole batch stands at its points. Every message is hit once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from '../../../workflows/queues.ts';
import type { CallRoute, Subject, DrillWorkerSettings } from './channel.ts';
import type { Supervisor, OnWorkerMessage, ReleaseWorker } from './supervisor.ts';
import { startSupervisor } from './supervisor.ts';
import type { Batch, KillPoint, PlannedSend } from './plan.ts';
import { ORDER_POINTS } from './plan.ts';
import type { SendStage } from './stage.ts';

/** A send that stands still for longer is given to another worker by Temporal (15 s), and a check even sooner (10 s). */
const LONGEST_STOP_MS = 8_000;
/**
 * A worker that dies at an unlucky moment keeps a workflow waiting for 10 s. A message that has not reached its point
 * after this time is released.
 */
const LONGEST_BATCH_MS = 60_000;
const LOOK_EVERY_MS = 10;

export interface Kills {
  /** Waits until every message of a batch has been hit, or cannot be any more. */
  hit(batch: Batch): Promise<void>;
  /** The number of workers that were killed so far. */
  done(): number;
  /** The number of messages that waited at each point when its worker was killed. */
  readonly hits: ReadonlyMap<KillPoint, number>;
  /** The last lines that the workers at work have written: little, unless their activities fail. */
  output(): string;
  /** Rejects when a worker ends that the drill has not killed. */
  readonly failed: Promise<never>;
}

type Settings = Omit<DrillWorkerSettings, 'queue'>;

/** Starts both workers. They may send every message that is not planned to be hit. */
export async function startKills(
  stage: SendStage,
  planned: readonly PlannedSend[],
  settings: Settings,
): Promise<Kills> {
  const open = new Map(planned.filter(({ point }) => point !== 'no_kill').map((send) => [send.order, send]));
  const waitingSince = new Map<PlannedSend, number>();
  const hits = new Map<KillPoint, number>();
  const routeOf = brokenNetwork(planned);
  const broken = Promise.withResolvers<never>();
  let done = 0;

  async function arrive(subject: Subject, point: KillPoint, letGo: ReleaseWorker): Promise<void> {
    const order = await stage.orderOf(subject);
    const send = order === undefined ? undefined : open.get(order);
    if (send?.point !== point) return letGo();
    if (point === 'completed') while (!(await stage.isIdle(send.order))) await sleep(LOOK_EVERY_MS);
    waitingSince.set(send, performance.now());
  }

  const onMessage: OnWorkerMessage = (message, letGo) => {
    switch (message.kind) {
      case 'dialling':
        return letGo(routeOf(message.to));
      case 'at':
        return void arrive(message.subject, message.point, letGo).catch(broken.reject);
      case 'returned':
        return void arrive({ message: message.message }, 'completed', letGo).catch(broken.reject);
      default:
        return message satisfies never;
    }
  };

  const [orders, send] = await Promise.all([
    startSupervisor({ ...settings, queue: 'orders' }, onMessage),
    startSupervisor({ ...settings, queue: 'send' }, onMessage),
  ]);
  const supervisors: Readonly<Record<Queue, Supervisor>> = { orders, send };

  async function killWorkers(): Promise<void> {
    const hit = [...waitingSince.keys()];
    const queues = new Set(hit.flatMap(queuesOf));
    await Promise.all([...queues].map((queue) => supervisors[queue].replace()));
    done += queues.size;
    for (const one of hit) {
      waitingSince.delete(one);
      open.delete(one.order);
      if (one.point !== 'no_kill') hits.set(one.point, (hits.get(one.point) ?? 0) + 1);
    }
  }

  return {
    done: () => done,
    output: () => `${orders.output()}\n${send.output()}`,
    hits,
    failed: Promise.race([orders.failed, send.failed, broken.promise]),
    async hit(batch) {
      const deadline = performance.now() + LONGEST_BATCH_MS;
      for (;;) {
        const expected = batch.filter(({ order }) => open.has(order));
        if (expected.length === 0) return;
        const now = performance.now();
        const tooLong = [...waitingSince.values()].some((since) => now - since > LONGEST_STOP_MS);
        if (tooLong || expected.every((one) => waitingSince.has(one))) await killWorkers();
        else if (now > deadline) {
          if (waitingSince.size > 0) await killWorkers();
          for (const { order } of expected) open.delete(order);
        } else await sleep(LOOK_EVERY_MS);
      }
    },
  };
}

/** At `completed` on the queue the worker of orders has to take the result in, so it is killed too. */
function queuesOf({ point, way }: PlannedSend): readonly Queue[] {
  if (point === 'no_kill') return [];
  if (way === 'here') return ['orders'];
  if (ORDER_POINTS.some((one) => one === point)) return ['orders'];
  return point === 'completed' ? ['orders', 'send'] : ['send'];
}

/** Where a call goes: only the first one of a message meets a broken network. */
function brokenNetwork(planned: readonly PlannedSend[]): (phone: string) => CallRoute {
  const routes = new Map<string, CallRoute>();
  for (const { phone, fault } of planned) {
    if (fault === 'refused_connection') routes.set(phone, 'closed_port');
    if (fault === 'no_such_host') routes.set(phone, 'no_host');
  }
  return (phone) => {
    const route = routes.get(phone) ?? 'provider';
    routes.delete(phone);
    return route;
  };
}
