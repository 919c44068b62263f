/** The HTTP side of the service: routes mounted on Koa, with what holds for all of them around. */
import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import Koa from 'koa';
import type { Context } from 'koa';
import helmet from 'koa-helmet';
import { caseRoutes } from './cases.ts';
import { commandRoutes } from './commands.ts';
import { contactRoutes } from './contacts.ts';
import type { AppDeps } from './deps.ts';
import { forecastRoutes } from './forecast.ts';
import { healthRoutes } from './health.ts';
import { parseJson, readBody } from './json.ts';
import { authenticate, idempotencyKeyOf, logRequests, once, renderProblems, traceOf } from './middleware.ts';
import { messageRoutes } from './messages.ts';
import { openApiRoute } from './openapi.ts';
import { orderRoutes } from './orders.ts';
import { unsupportedMedia } from './problem.ts';
import type { Answer, BrandRoute, OpenRoute, Route } from './route.ts';
import { stopRoutes } from './stops.ts';
import { webhookRoutes } from './webhooks.ts';

/** Every route of the service, as mounted and as documented. */
export function routesOf(deps: AppDeps): readonly Route[] {
  const routes: readonly Route[] = [
    ...orderRoutes(deps),
    ...commandRoutes(deps),
    ...contactRoutes(deps),
    ...caseRoutes(deps),
    ...messageRoutes(deps),
    ...stopRoutes(deps),
    ...forecastRoutes(deps),
    ...webhookRoutes(deps),
    ...healthRoutes(deps),
  ];
  return [...routes, openApiRoute(routes)];
}

export function createApp(deps: AppDeps): Koa {
  const app = new Koa();
  app.on('error', (error: unknown) => deps.log.error(traceOf(error), 'answer failed'));
  app.use(logRequests(deps.log, deps.metrics));
  app.use(helmet());
  app.use(renderProblems(deps.log));
  const router = new Router();
  for (const route of routesOf(deps)) {
    router[route.method](route.path, async (ctx) => {
      send(ctx, route.access === 'brand' ? await runForBrand(route, deps, ctx) : await runOpen(route, deps, ctx));
    });
  }
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

async function runForBrand(route: BrandRoute, { db, clock }: AppDeps, ctx: Context): Promise<Answer> {
  const brand = await authenticate(db, ctx);
  const json = route.body ? await readJson(ctx) : undefined;
  const key = route.method === 'post' ? idempotencyKeyOf(ctx) : undefined;
  const now = await clock.now();
  const id = (ctx['params'] as { id?: string }).id ?? '';
  const request = { brand, id, query: { ...ctx.query }, json, now, key: key ?? randomUUID() };
  return once(db, { brand: brand.id, key, request: [route.method, route.path, id, json], now }, () =>
    route.run(request),
  );
}

async function runOpen(route: OpenRoute, { clock }: AppDeps, ctx: Context): Promise<Answer> {
  const rawBody = route.method === 'post' ? await readBody(ctx.req) : Buffer.alloc(0);
  return route.run({ authorization: ctx.get('authorization') || undefined, rawBody, now: await clock.now() });
}

/** An empty body is an empty object: most commands need none. */
async function readJson(ctx: Context): Promise<unknown> {
  const bytes = await readBody(ctx.req);
  if (bytes.length === 0) return {};
  const charset = ctx.request.charset.toLowerCase();
  const plain = (ctx.get('content-encoding') || 'identity') === 'identity';
  if (!ctx.request.is('application/json') || !plain || !['', 'utf-8', 'utf8'].includes(charset))
    throw unsupportedMedia();
  return parseJson(bytes);
}

function send(ctx: Context, { status, body, type }: Answer): void {
  ctx.status = status;
  ctx.type = type ?? 'application/json';
  ctx.body = typeof body === 'string' ? body : JSON.stringify(body);
}
