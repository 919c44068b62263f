/**
 * Middleware of every request: an id, a log line, errors as problems, the brand of a key, and one answer per
 * Idempotency-Key.
 */
import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { Logger } from 'pino';
import type { KeyOwner } from '../../db/access/api-keys.ts';
import { ownerOfKey } from '../../db/access/api-keys.ts';
import type { Db } from '../../db/connection/connect.ts';
import { claimKey, keepAnswer, releaseKey } from '../../db/access/idempotency.ts';
import { UnknownCursor } from '../../db/connection/pages.ts';
import { isBusy, isUnavailable } from '../../db/connection/unavailable.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import type { Scope } from '../../domain/access/scope.ts';
import { contentHash } from './json.ts';
import { clientAddress } from './client-address.ts';
import { traceOf } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { ProblemCode } from './problem.ts';
import {
  Problem,
  badCursor,
  databaseBusy,
  databaseUnavailable,
  inProgress,
  internal,
  invalid,
  keyReused,
  methodNotAllowed,
  notFound,
  problemBody,
  scopeMissing,
  unauthorized,
} from './problem.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Answer } from './answer.ts';
import { PAGES_PATH, refuseVisitor } from '../../pages/preferences/router.ts';

/**
 * Gives every request an id and writes one line about it: allow-listed fields, never a path, a body or a header. The line about a
 * webhook that was taken is for debugging only: two come with every message, a thousand a second after a campaign, and the metric
 * counts them.
 */
export function logRequests(log: Logger, metrics: Metrics): Middleware {
  return async (ctx, next) => {
    const started = performance.now();
    const request = randomUUID();
    ctx.state['request'] = request;
    ctx.set('X-Request-Id', request);
    // Nearly all answers, problems too, are about a person, so none may be cached. Pages set headers of their own.
    ctx.set('Cache-Control', 'no-store');
    await next();
    const route = typeof ctx['_matchedRoute'] === 'string' ? ctx['_matchedRoute'] : 'none';
    const ms = Math.round(performance.now() - started);
    const level = route.startsWith('/webhooks/') && ctx.status === 200 ? 'debug' : 'info';
    log[level]({ request, method: ctx.method, route, status: ctx.status, ms, brand: brandOf(ctx) }, 'request');
    metrics.request(ctx.method, route, ctx.status);
  };
}

function brandOf(ctx: Context): string | undefined {
  const brand = ctx.state['brand'] as Brand | undefined;
  return brand?.id;
}

/** All errors become answers here. */
export function renderProblems(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      // The router answers these with an empty body; only 405 has an Allow header.
      if (ctx.body === undefined && ctx.status === 404) throw notFound('resource');
      if (ctx.body === undefined && (ctx.status === 405 || ctx.status === 501)) throw methodNotAllowed();
    } catch (error) {
      const problem = toProblem(error);
      if (problem.code === 'internal')
        log.error({ request: ctx.state['request'] as string, ...traceOf(error) }, 'request failed');
      const body = problemBody(problem, ctx.state['request'] as string);
      ctx.status = body.status;
      ctx.set(problem.headers);
      ctx.body = JSON.stringify(body);
      ctx.type = 'application/problem+json';
    }
  };
}

/** Problems that count against an address. A webhook without any signature does not count: the provider is asked to send it again. */
const FAILURES: readonly ProblemCode[] = ['unauthorized', 'codec_unauthorized', 'bad_signature', 'not_of_the_shop'];

/**
 * Limits requests by address. Webhooks and the health check are counted only when they fail: the provider sends webhooks by the thousand
 * from a few addresses, and a health check must always be answered. A path under /webhooks/ that does not exist is counted like any other.
 */
export function limitAddresses({ address, failures }: RateLimits, proxies: number): Middleware {
  return async (ctx, next) => {
    const from = clientAddress(ctx.req, proxies);
    const isWebhook = ctx.path.startsWith('/webhooks/');
    if (!isWebhook && ctx.path !== '/healthz') await address.take(from);
    try {
      await next();
      if (isWebhook && ctx['_matchedRoute'] === undefined) await address.take(from);
    } catch (error) {
      if (error instanceof Problem && FAILURES.includes(error.code)) await failures.take(from);
      throw error;
    }
  };
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof UnknownCursor) return badCursor();
  if (isBusy(error)) return databaseBusy();
  return isUnavailable(error) ? databaseUnavailable() : internal();
}

/** Node's error codes for a caller that has gone while it was sending or being answered, or that never spoke HTTP. */
const GONE =
  /^(ECONNRESET|ECONNABORTED|EPIPE|ERR_STREAM_PREMATURE_CLOSE|ERR_STREAM_DESTROYED|ERR_HTTP_REQUEST_TIMEOUT|HPE_\w+)$/;

/**
 * True for an error of a caller that has gone. It is not our fault, and a stranger can cause any number, so it is not
 * logged as an error.
 */
export function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && GONE.test(error.code);
}

/**
 * The owner of the key in the Authorization header, if the key may do this. Throws the problems `unauthorized` and `scope_missing`.
 * Call before the body is read. `now`: epoch ms.
 */
export async function authenticate(db: Db, ctx: Context, scope: Scope, now: number): Promise<KeyOwner> {
  const key = /^bearer +(dopo_[\w-]{20,100})$/i.exec(ctx.get('authorization'))?.[1];
  const owner = key === undefined ? undefined : await ownerOfKey(db, key, now);
  if (!owner) throw unauthorized();
  ctx.state['brand'] = owner.brand;
  if (!owner.scopes.includes(scope)) throw scopeMissing(scope);
  return owner;
}

/** Room for a prefix in a column of 128. */
const KEY_SHAPE = /^[A-Za-z0-9._:#/-]{1,100}$/;

/** The caller's Idempotency-Key, if there is one. Throws the problem `invalid`. */
export function idempotencyKeyOf(ctx: Context): string | undefined {
  const key = ctx.get('idempotency-key');
  if (key === '') return undefined;
  if (!KEY_SHAPE.test(key))
    throw invalid([{ pointer: 'Idempotency-Key', detail: 'must have 1 to 100 letters, digits and . _ : # / -' }]);
  return key;
}

/**
 * Runs an action once per key. The same request gets the first answer again, and another request with the key gets a
 * conflict. If the action fails on our side, the key is free again. A refusal (4xx) is not kept either, because the
 * caller corrects the request and sends it again.
 */
export async function once(
  db: Db,
  { brand, key, request, now }: { brand: string; key: string | undefined; request: readonly unknown[]; now: number },
  run: () => Promise<Answer>,
): Promise<Answer> {
  if (key === undefined) return run();
  const claim = await claimKey(db, brand, key, contentHash(...request), now);
  switch (claim.kind) {
    case 'answered':
      return { status: claim.status, body: claim.body };
    case 'mismatch':
      throw keyReused();
    case 'in_progress':
      throw inProgress();
    case 'claimed':
      try {
        const answer = await run();
        await keepAnswer(db, brand, key, answer.status, answer.body);
        return answer;
      } catch (error) {
        await releaseKey(db, brand, key);
        throw error;
      }
  }
}

/**
 * Problems of the page, in words for a person and not as JSON: a wrong address, too many requests, a method that it does not have. Call around
 * the limits of addresses and the routers.
 */
export function problemsOfPages(): Middleware {
  return async (ctx, next) => {
    const [, first = ''] = ctx.path.split('/');
    if (`/${first.toLowerCase()}` !== PAGES_PATH) return next();
    try {
      await next();
      if (ctx.body === undefined && ctx.status === 404) refuseVisitor(ctx, 'missing');
      // The router has set Allow.
      if (ctx.body === undefined && (ctx.status === 405 || ctx.status === 501)) refuseVisitor(ctx, 'other_method');
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'rate_limited') throw error;
      ctx.set(error.headers);
      refuseVisitor(ctx, 'flooded');
    }
  };
}
