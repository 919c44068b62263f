/** The time in which a service recovers from an outage. Pure. */
import type { RestartTakenMessage } from './judge.ts';
import type { Errand } from './load.ts';

/** Epoch ms: when it was ended or cut off, and when it was up again. */
export interface Outage {
  readonly downAt: number;
  readonly backAt: number;
}

/** All from the moment it was back, ms. */
export interface Recovery {
  /** Until the provider took the first message. */
  readonly firstMs: number;
  /** Of what had been waiting: until the provider took it. Empty: nothing had been. */
  readonly waitsMs: readonly number[];
}

export function recoveryFrom(
  { backAt }: Outage,
  errands: readonly Errand[],
  taken: readonly RestartTakenMessage[],
): Recovery {
  const after = taken.map(({ acceptedAt }) => acceptedAt - backAt).filter((ms) => ms > 0);
  return { firstMs: Math.min(...after), waitsMs: waitsOf(backAt, errands, taken) };
}

/**
 * The nth message that a customer got stands for the nth that was to reach that customer, because their order does
 * not matter.
 */
function waitsOf(backAt: number, errands: readonly Errand[], taken: readonly RestartTakenMessage[]): number[] {
  const arrivals = Map.groupBy(taken, ({ to }) => to);
  const wanted = Map.groupBy(
    errands.filter(({ fate }) => fate === 'sent'),
    ({ phone }) => phone,
  );
  return [...wanted].flatMap(([phone, ones]) =>
    ones.flatMap(({ triedAt }, index) => {
      const acceptedAt = arrivals.get(phone)?.[index]?.acceptedAt ?? Infinity;
      return triedAt < backAt && acceptedAt > backAt ? [acceptedAt - backAt] : [];
    }),
  );
}

/** The number of tries before a moment (epoch ms) that were not acknowledged yet, or have not reached the provider. */
export function stillWaiting(
  before: number,
  errands: readonly Errand[],
  taken: readonly RestartTakenMessage[],
): number {
  const arrivals = Map.groupBy(taken, ({ to }) => to);
  const due = errands.filter(({ fate, triedAt }) => fate === 'sent' && triedAt < before);
  const unheard = due.filter(({ acknowledgedAt }) => acknowledgedAt === undefined).length;
  const unsent = [...Map.groupBy(due, ({ phone }) => phone)].map(([phone, ones]) =>
    Math.max(0, ones.length - (arrivals.get(phone)?.length ?? 0)),
  );
  return unsent.reduce((sum, count) => sum + count, unheard);
}
