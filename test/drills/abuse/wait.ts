import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/**
 * Waits until a condition holds, for half a minute by default. Returns false if it does not hold by then; the judge
 * then names what is missing.
 */
export async function until(holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<boolean> {
  for (const begunAt = Date.now(); ; await sleep(POLL_MS)) {
    if (await holds()) return true;
    if (Date.now() - begunAt > limitMs) return false;
  }
}
