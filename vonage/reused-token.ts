/**
 * The bearer header of an application, signed once for some minutes. The SDK signs a token for every call, and an RSA signature was 16 %
 * of the time of the process that sends.
 */

/** Ms that a token is used for. It is valid for 15 minutes, so that the slowest call ends long before it expires. */
const USED_FOR = 300_000;
/** Ms by which the two clocks may part. A token carries the wall clock, so it does not outlive a change of that. */
const PARTED = 1_000;

interface Clocks {
  /** Epoch ms, which an administrator or NTP may change. */
  readonly wall: () => number;
  /** Ms since any moment, never set. */
  readonly steady: () => number;
}

interface ReusedToken {
  readonly header: () => Promise<string>;
  /** The provider has not accepted it: the next call gets another one. */
  readonly forget: () => void;
}

export function reusedToken(
  sign: () => Promise<string>,
  { wall, steady }: Clocks = { wall: () => Date.now(), steady: () => performance.now() },
): ReusedToken {
  let kept: { readonly header: Promise<string>; readonly since: number; readonly apart: number } | undefined;
  const forget = (): void => {
    kept = undefined;
  };
  return {
    forget,
    header: () => {
      const since = steady();
      const apart = wall() - since;
      if (kept && since - kept.since < USED_FOR && Math.abs(apart - kept.apart) < PARTED) return kept.header;
      const header = sign();
      kept = { header, since, apart };
      // The caller hears of it, and the next call tries again.
      header.catch(forget);
      return header;
    },
  };
}
