/** The HTTP side of the service: all routes mounted on Koa, with the middleware that holds for all of them. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type Router from '@koa/router';
import type { Context } from 'koa';
import Koa from 'koa';
import helmet from 'koa-helmet';
import { knownCodes } from '../../commands/privacy/ask-code.ts';
import { createRouter } from '../../pages/koa-router.ts';
import { pageRouter } from '../../pages/preferences/router.ts';
import { mountReference } from '../../pages/reference/routes.ts';
import { auditRoutes } from '../access/routes.ts';
import type { ReadBody } from './bodies.ts';
import { createBodies } from './bodies.ts';
import { caseRoutes } from '../conversation/routes.ts';
import { codecRoutes } from '../operations/codec-routes.ts';
import { commandRoutes } from '../orders/command-routes.ts';
import { consentRoutes } from '../consent/routes.ts';
import { contactRoutes } from '../contacts/routes.ts';
import type { AppDeps } from './deps.ts';
import { explainRoutes } from '../sending/explain-routes.ts';
import { forecastRoutes } from '../sending/forecast-routes.ts';
import { healthRoutes, opsRoutes } from '../operations/routes.ts';
import { parseJson } from './json.ts';
import { limitRoutes } from '../sending/limit-routes.ts';
import { listCheckRoutes } from '../consent/list-check-routes.ts';
import { messageRoutes } from '../sending/routes.ts';
import {
  authenticate,
  idempotencyKeyOf,
  isGone,
  limitAddresses,
  logRequests,
  once,
  renderProblems,
  problemsOfPages,
} from './middleware.ts';
import { outboxRoutes } from '../operations/outbox-routes.ts';
import { openApiRoute } from './openapi.ts';
import { orderRoutes } from '../orders/routes.ts';
import { privacyRoutes } from '../privacy/routes.ts';
import { methodNotAllowed, unsupportedMedia } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';
import { RATES, createRateLimits, headersOf } from './rate-limits.ts';
import type { Answer } from './answer.ts';
import type { BrandRoute, OpenHead, OpenRoute, Route } from './route.ts';
import { shopErasureRoutes } from '../privacy/shop-erasure-routes.ts';
import { shopifyRoutes } from '../privacy/shopify-routes.ts';
import { blockRoutes } from '../sending/block-routes.ts';
import { webhookRoutes } from '../webhooks/routes.ts';
import { traceOf } from '../../telemetry/log.ts';

/** Every route of the service, as mounted and as documented. */
export function routesOf(deps: AppDeps): readonly Route[] {
  const routes: readonly Route[] = [
    ...orderRoutes(deps),
    ...commandRoutes(deps),
    ...contactRoutes(deps),
    ...consentRoutes(deps),
    ...privacyRoutes(deps),
    ...shopErasureRoutes(deps),
    ...caseRoutes(deps),
    ...messageRoutes(deps),
    ...blockRoutes(deps),
    ...outboxRoutes(deps),
    ...explainRoutes(deps),
    ...listCheckRoutes(deps),
    ...forecastRoutes(deps),
    ...limitRoutes(deps),
    ...auditRoutes(deps),
    ...webhookRoutes(deps),
    ...shopifyRoutes(deps),
    ...codecRoutes(deps.codec),
    ...healthRoutes(),
  ];
  return [...routes, openApiRoute(routes)];
}

/** Bytes of all bodies held at one moment: 1,000 orders of the largest size, or 32 lists. */
const BODIES_AT_MOST = 64 * 1024 * 1024;
/**
 * The part of it for callers who are known only after their body was read. It keeps them from using up the room of
 * callers with a key.
 */
const OPEN_SHARE = 4;

export function createApp(deps: AppDeps): Koa {
  const most = deps.bodiesAtMost ?? BODIES_AT_MOST;
  const bodies = { keyed: createBodies(most), open: createBodies(most / OPEN_SHARE, { dropOldest: true }) };
  const app = appWith(deps);
  app.use(async (ctx, next) => {
    ctx.res.once('close', () => {
      bodies.keyed.release(ctx.req);
      bodies.open.release(ctx.req);
    });
    await next();
  });
  const limits = createRateLimits(deps.db, deps.rates ?? RATES);
  app.use(problemsOfPages());
  app.use(limitAddresses(limits, deps.trustedProxies ?? 0));
  const router = routerOf(deps, routesOf(deps), { keyed: bodies.keyed.read, open: bodies.open.read }, limits);
  mountReference(router);
  app.use(router.routes());
  app.use(pages(deps, bodies.open.read).routes());
  app.use(router.allowedMethods());
  return app;
}

/** The app of the operators' port: health, readiness and metrics. */
export function createOpsApp(deps: AppDeps): Koa {
  const app = appWith(deps);
  const { read } = createBodies(0);
  const router = routerOf(deps, opsRoutes(deps), { keyed: read, open: read });
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** Headers of JSON answers, which a browser does not show. Pages set a policy of their own. */
const NOTHING_IN_A_BROWSER = {
  useDefaults: false,
  directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
};

function appWith({ log, metrics }: AppDeps): Koa {
  const app = new Koa();
  app.on('error', (error: unknown) => {
    if (!isGone(error)) log.error(traceOf(error), 'answer failed');
  });
  app.use(logRequests(log, metrics));
  app.use(helmet({ contentSecurityPolicy: NOTHING_IN_A_BROWSER }));
  app.use(renderProblems(log));
  return app;
}

interface Readers {
  readonly keyed: ReadBody;
  readonly open: ReadBody;
}

/** Paths match exactly: `/V1/Orders` and `/v1/orders/` are 404. A proxy that guards a path by its name could otherwise be bypassed. */
function routerOf(deps: AppDeps, routes: readonly Route[], read: Readers, limits?: RateLimits): Router {
  const router = createRouter({ sensitive: true, strict: true });
  for (const route of routes) {
    router[route.method](route.path, async (ctx) => {
      if (ctx.method === 'HEAD' && route.access === 'brand') refuseHead(ctx, routes, route);
      send(
        ctx,
        route.access === 'brand'
          ? await runForBrand(route, deps, ctx, read.keyed, limits)
          : await runOpen(route, deps, ctx, read.open),
      );
    });
    if (route.access === 'open' && route.pagesOf !== undefined)
      router.options(route.path, (ctx) => {
        allowPagesOf(ctx, route);
        ctx.status = 204;
      });
  }
  return router;
}

/** The router takes HEAD for GET. An export would then be recorded as given out, although no file was sent. */
function refuseHead(ctx: Context, routes: readonly Route[], { path }: Route): never {
  const methods = routes.filter((one) => one.path === path).map(({ method }) => method.toUpperCase());
  ctx.set('Allow', methods.join(', '));
  throw methodNotAllowed();
}

/** Pages behind the link of a message: HTML, also for mistakes. */
function pages(
  { db, exports, clock, tokenOf, pageKeys: keys, rules, wakeDrainer, log }: AppDeps,
  readBody: ReadBody,
): Router {
  const report = (error: unknown): void => log.error(traceOf(error), 'page failed');
  return pageRouter({
    codesOf: knownCodes(keys.codes),
    db,
    exports,
    clock,
    tokenOf,
    keys,
    rules,
    wakeDrainer,
    readBody,
    report,
  });
}

async function runForBrand(
  route: BrandRoute,
  { db, clock }: AppDeps,
  ctx: Context,
  read: ReadBody,
  limits: RateLimits | undefined,
): Promise<Answer> {
  const now = await clock.now();
  const { brand, actor, key: caller } = await authenticate(db, ctx, route.scope, now);
  if (limits) {
    // The limit of the key comes first, so that requests refused for one key use up nothing of the brand's limit.
    ctx.set(headersOf(await limits.key.take(String(caller))));
    await limits.brand.take(brand.id);
  }
  const key = route.method === 'post' ? idempotencyKeyOf(ctx) : undefined;
  const json = route.body ? await readJson(ctx, read, route.bodyLimit) : undefined;
  const request = {
    brand,
    actor,
    id: idOf(ctx),
    query: { ...ctx.query },
    json,
    now,
    key: key ?? randomUUID(),
    givenKey: key,
  };
  return once(db, { brand: brand.id, key, request: [route.method, route.path, request.id, json], now }, () =>
    route.run(request),
  );
}

function idOf(ctx: Context): string {
  return (ctx['params'] as { id?: string }).id ?? '';
}

/** Answers a browser that asks whether a page of another site may send a token (Fetch standard, CORS). Needed on every answer. */
function allowPagesOf(ctx: Context, { pagesOf }: OpenRoute): void {
  if (pagesOf === undefined) return;
  ctx.set('Access-Control-Allow-Origin', pagesOf);
  ctx.set('Access-Control-Allow-Methods', 'POST');
  ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Namespace');
  ctx.vary('Origin');
}

async function runOpen(route: OpenRoute, { clock }: AppDeps, ctx: Context, read: ReadBody): Promise<Answer> {
  allowPagesOf(ctx, route);
  const head: OpenHead = {
    authorization: ctx.get('authorization') || undefined,
    header: (name) => ctx.get(name),
    id: idOf(ctx),
    now: await clock.now(),
  };
  if (route.method === 'get') return route.run({ ...head, rawBody: Buffer.alloc(0) });
  await route.admit(head);
  return route.run({ ...head, rawBody: await read(ctx.req, route.bodyLimit) });
}

/** An empty body is an empty object: most commands need none. */
async function readJson(ctx: Context, read: ReadBody, limit: number | undefined): Promise<unknown> {
  const bytes = await read(ctx.req, limit);
  if (bytes.length === 0) return {};
  const charset = ctx.request.charset.toLowerCase();
  const plain = (ctx.get('content-encoding') || 'identity') === 'identity';
  if (!ctx.request.is('application/json') || !plain || !['', 'utf-8', 'utf8'].includes(charset))
    throw unsupportedMedia();
  return parseJson(bytes);
}

function send(ctx: Context, { status, body, type, headers = {} }: Answer): void {
  ctx.status = status;
  ctx.set(headers);
  ctx.type = type ?? 'application/json';
  ctx.body = typeof body === 'string' || body instanceof Readable ? body : JSON.stringify(body);
}
