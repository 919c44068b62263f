/**
 * Collects garbage when a thread comes to rest. V8 collects when a thread needs room, so an idle thread keeps the
 * garbage of its last work: 30 to 70 MB a process after 1,000 messages, until the next day's work.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Ms between two checks. A collection takes 50 to 100 ms, so a short pause between two bursts of work does not count
 * as rest.
 */
const LOOK_EVERY = 5_000;
/** Shares of a core. Looking into outboxes and polling queues takes less than one percent. */
const AT_WORK = 0.03;
const AT_REST = 0.015;

/**
 * An ordinary collection keeps half-empty pages, the young generation at its full size, and the compiled code of functions that ran once, at the
 * start: 23 MB of an API's 102. This one compacts the heap and frees them.
 */
const ALL = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const;

/**
 * Bytes. On a larger heap this collection stops the thread for more than half a second, and an ordinary one for a
 * third of that.
 */
const ALL_UP_TO = 120e6;

/** Collects garbage now, and once after each period of work. Returns a function that ends this. */
export function giveBackAtRest(lookEvery = LOOK_EVERY): () => void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as NodeJS.GCFunction;
  const collect = (): void => {
    if (process.memoryUsage().heapUsed <= ALL_UP_TO) gc(ALL);
    else gc();
  };
  collect();
  // The start of the process is work too. A first collection leaves much of its pages to a second one.
  let hasWorked = true;
  let before = process.threadCpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    const share = (user + system) / 1000 / lookEvery;
    hasWorked ||= share > AT_WORK;
    if (!hasWorked || share > AT_REST) return;
    hasWorked = false;
    collect();
    // The time of the collection itself does not count as work.
    before = process.threadCpuUsage();
  }, lookEvery);
  timer.unref();
  return () => clearInterval(timer);
}
