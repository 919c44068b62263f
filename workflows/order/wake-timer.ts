import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import { DAY } from '../../domain/time/duration.ts';

/**
 * The longest sleep. A run wakes at least this often, to notice a new worker version. A limit of 7 days would mean 13 more
 * wakes in 90 days.
 */
const MAX_SLEEP = 30 * DAY;

/**
 * The only timer of a run. It is set again only when the wake time has changed: cancelling and starting a timer costs
 * an action and two events, and most signals leave the wake time as it is.
 */
export class WakeTimer {
  #target: number | undefined;
  #scope: CancellationScope | undefined;
  #fired = false;

  get fired(): boolean {
    return this.#fired;
  }

  /** Wakes at `target` (epoch ms), or after MAX_SLEEP if that is sooner. `summary` is shown in Temporal UI. */
  arm(target: number, now: number, summary: string): void {
    if (this.#scope && this.#target === target) return;
    this.disarm();
    this.#target = target;
    const scope = new CancellationScope();
    this.#scope = scope;
    const duration = Math.max(1, Math.min(target - now, MAX_SLEEP));
    void scope
      .run(() => sleep(duration, { summary }))
      .then(
        () => {
          if (this.#scope !== scope) return;
          this.#scope = undefined;
          this.#fired = true;
        },
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
  }

  disarm(): void {
    this.#scope?.cancel();
    this.#scope = undefined;
    this.#target = undefined;
    this.#fired = false;
  }

  /** Call this when the wake has been noticed. */
  reset(): void {
    this.#fired = false;
  }
}
