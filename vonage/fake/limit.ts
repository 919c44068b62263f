/** The stand-in's quota: an exact token bucket, so that a drill can tell a request over the quota from one that was not. */
import { z } from 'zod';

export const rateLimitSchema = z.strictObject({
  /** Tokens that come back in a second. */
  perSecond: z.number().positive().max(100_000),
  /** The most the bucket holds; it starts full. */
  burst: z.int().min(1).max(100_000),
});

export type RateLimit = z.output<typeof rateLimitSchema>;

export interface TokenBucket {
  /** Takes a token at this moment (epoch ms), or says in how many whole seconds there is one. Earlier moments count as the latest. */
  take(at: number): { readonly kind: 'taken' } | { readonly kind: 'over'; readonly retryAfterSeconds: number };
  /** Holds from the next request on: tokens stay, as many as still fit. Undefined: no limit. */
  setLimit(limit: RateLimit | undefined): void;
}

/** Tokens are counted in thousandths, so that whole milliseconds at whole rates leave no remainder. */
const TOKEN = 1000;

export function createTokenBucket(initial: RateLimit | undefined): TokenBucket {
  let limit = initial;
  let level = (initial?.burst ?? 0) * TOKEN;
  let filledAt = -Infinity;
  return {
    take(at) {
      if (limit === undefined) return { kind: 'taken' };
      const now = Math.max(at, filledAt);
      const gained = filledAt === -Infinity ? 0 : (now - filledAt) * limit.perSecond;
      level = Math.min(level + gained, limit.burst * TOKEN);
      filledAt = now;
      if (level < TOKEN)
        return { kind: 'over', retryAfterSeconds: Math.ceil((TOKEN - level) / limit.perSecond / 1000) };
      level -= TOKEN;
      return { kind: 'taken' };
    },
    setLimit(next) {
      if (limit === undefined && next !== undefined) {
        level = next.burst * TOKEN;
        filledAt = -Infinity;
      }
      limit = next;
    },
  };
}
