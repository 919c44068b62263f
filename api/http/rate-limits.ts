/**
 * Limits of requests per key, brand and address. Each process lets a tenth of a limit through by itself, so that a request far from its
 * limit costs no statement. The rest is taken in blocks from counters that all processes share.
 */
import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { Db } from '../../db/connection/connect.ts';
import { rateLimited } from './problem.ts';

export interface Rates {
  /** Requests a second. */
  readonly perKey: number;
  readonly perBrand: number;
  readonly perAddress: number;
  /** Seconds over which requests are counted: a burst of this many seconds' requests is allowed. */
  readonly windowSeconds: number;
  /** Failed requests a minute: no key, or a wrong signature. */
  readonly failuresPerAddress: number;
}

/**
 * Two cores answer about 180 events a second and have nothing left for messages then: one key may have somewhat more than half of that.
 * A backfill of 100,000 orders takes 17 minutes. Counted over 10 s, one key saturated the machine for six of them. Addresses have more:
 * the readers of a mobile carrier share one.
 */
export const RATES: Rates = {
  perKey: 100,
  perBrand: 150,
  perAddress: 2_000,
  windowSeconds: 2,
  failuresPerAddress: 600,
};

const FAILURE_WINDOW = 60;
/** A process lets limit / OWN_DIVISOR requests through by itself. All processes together may exceed the limit by as much each. */
const OWN_DIVISOR = 10;
/** A block is limit / BLOCK_DIVISOR requests. Up to a block per process may stay unused. */
const BLOCK_DIVISOR = 50;
/** Windows of one limit that a process keeps, 10 MB of them: 1,000 requests a second from a new address each fill a window of a minute. */
export const MOST_WINDOWS = 60_000;

export interface Quota {
  readonly name: string;
  readonly limit: number;
  /** The count that this process knows. */
  readonly left: number;
  readonly resetSeconds: number;
  readonly windowSeconds: number;
}

export interface RateLimiter {
  /** Throws the problem `rate_limited`. `who`: a key's row, a brand, an address. */
  take(who: string): Promise<Quota>;
}

export interface RateLimits {
  readonly key: RateLimiter;
  readonly brand: RateLimiter;
  readonly address: RateLimiter;
  readonly failures: RateLimiter;
}

interface Window {
  used: number;
  granted: number;
  /** Epoch ms. */
  until: number;
  /** The shared counter is used up until this moment. */
  spent: boolean;
  asking?: Promise<void>;
}

export function createRateLimits(db: Db, rates: Rates): RateLimits {
  const { windowSeconds } = rates;
  return {
    key: limitOf(db, 'key', rates.perKey * windowSeconds, windowSeconds),
    brand: limitOf(db, 'brand', rates.perBrand * windowSeconds, windowSeconds),
    address: limitOf(db, 'address', rates.perAddress * windowSeconds, windowSeconds),
    failures: limitOf(db, 'failures', rates.failuresPerAddress, FAILURE_WINDOW),
  };
}

/** The rate-limiter library counts by wall time, so the counters before it do too. */
function limitOf(db: Db, name: string, limit: number, windowSeconds: number): RateLimiter {
  const shared = new RateLimiterPostgres({
    storeClient: db,
    storeType: 'knex',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: name,
    points: limit,
    duration: windowSeconds,
  });
  const own = Math.max(1, Math.floor(limit / OWN_DIVISOR));
  const block = Math.max(1, Math.floor(limit / BLOCK_DIVISOR));
  const windows = new Map<string, Window>();

  function windowOf(who: string, now: number): Window {
    const known = windows.get(who);
    if (known && known.until > now) return known;
    windows.delete(who);
    makeRoom(now);
    const begun: Window = { used: 0, granted: own, until: now + windowSeconds * 1000, spent: false };
    windows.set(who, begun);
    return begun;
  }

  /**
   * Looks at the two oldest windows only. A walk over all windows for each new address would do the work that a flood
   * wants.
   */
  function makeRoom(now: number): void {
    let looked = 0;
    for (const [who, { until }] of windows) {
      if (until <= now || windows.size >= MOST_WINDOWS) windows.delete(who);
      if ((looked += 1) === 2) return;
    }
  }

  /** Takes a block of the shared counter. The first block also reports the requests that this process has let through by itself. */
  async function ask(who: string, window: Window): Promise<void> {
    const first = window.granted === own ? own : 0;
    try {
      const { msBeforeNext } = await shared.consume(hidden(who), first + block);
      window.granted += block;
      window.until = Date.now() + msBeforeNext;
    } catch (error) {
      if (error instanceof RateLimiterRes) {
        window.spent = true;
        window.until = Date.now() + error.msBeforeNext;
      }
      // Without a database each process counts alone, because then only the process has to be protected.
      else if (window.granted < limit) window.granted += block;
      else window.spent = true;
    }
  }

  return {
    async take(who) {
      const window = windowOf(who, Date.now());
      window.used += 1;
      const mine = window.used;
      while (mine > window.granted && !window.spent) {
        window.asking ??= ask(who, window).finally(() => delete window.asking);
        await window.asking;
      }
      const resetSeconds = Math.max(1, Math.ceil((window.until - Date.now()) / 1000));
      const quota = { name, limit, left: Math.max(0, limit - mine), resetSeconds, windowSeconds };
      if (mine > window.granted) throw rateLimited(resetSeconds, headersOf({ ...quota, left: 0 }));
      return quota;
    },
  };
}

/** An address is personal data, so the counters have a hash of it. */
function hidden(who: string): string {
  return createHash('sha256').update(who).digest('base64url').slice(0, 22);
}

/** As the IETF's draft "RateLimit header fields for HTTP" writes them. */
export function headersOf({ name, limit, left, resetSeconds, windowSeconds }: Quota): Record<string, string> {
  return {
    'RateLimit-Policy': `"${name}";q=${limit};w=${windowSeconds}`,
    RateLimit: `"${name}";r=${left};t=${resetSeconds}`,
  };
}
