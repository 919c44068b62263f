/** The HTTP side of the service: routes mounted on Koa, with what holds for all of them around. */
import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import Koa from 'koa';
import helmet from 'koa-helmet';
import { pageRouter } from '../pages/router.ts';
import { auditRoutes } from './audit.ts';
import { caseRoutes } from './cases.ts';
import { codecRoutes } from './codec.ts';
import { commandRoutes } from './commands.ts';
import { consentRoutes } from './consents.ts';
import { contactRoutes } from './contacts.ts';
import type { AppDeps } from './deps.ts';
import { explainRoutes } from './explain.ts';
import { forecastRoutes } from './forecast.ts';
import { healthRoutes } from './health.ts';
import { parseJson, readBody } from './json.ts';
import { listCheckRoutes } from './list-checks.ts';
import { messageRoutes } from './messages.ts';
import { authenticate, idempotencyKeyOf, logRequests, once, renderProblems, traceOf } from './middleware.ts';
import { openApiRoute } from './openapi.ts';
import { orderRoutes } from './orders.ts';
import { privacyRoutes } from './privacy.ts';
import { unsupportedMedia } from './problem.ts';
import type { Answer, BrandRoute, OpenRoute, Route } from './route.ts';
import { shopErasureRoutes } from './shop-erasures.ts';
import { shopifyRoutes } from './shopify.ts';
import { stopRoutes } from './stops.ts';
import { webhookRoutes } from './webhooks.ts';

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
    ...stopRoutes(deps),
    ...explainRoutes(deps),
    ...listCheckRoutes(deps),
    ...forecastRoutes(deps),
    ...auditRoutes(deps),
    ...webhookRoutes(deps),
    ...shopifyRoutes(deps),
    ...codecRoutes(deps.codec),
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
    if (route.access === 'open' && route.pagesOf !== undefined)
      router.options(route.path, (ctx) => {
        allowPagesOf(ctx, route);
        ctx.status = 204;
      });
  }
  app.use(router.routes());
  app.use(pages(deps).routes());
  app.use(router.allowedMethods());
  return app;
}

/** What people open with a link of a message: HTML, mistakes included. */
function pages({ db, clock, tokenOf, pageKeys: keys, rules, wakeDrainer, log }: AppDeps): Router {
  const report = (error: unknown): void => log.error(traceOf(error), 'page failed');
  return pageRouter({ db, clock, tokenOf, keys, rules, wakeDrainer, readBody, report });
}

async function runForBrand(route: BrandRoute, { db, clock }: AppDeps, ctx: Context): Promise<Answer> {
  const now = await clock.now();
  const { brand, actor } = await authenticate(db, ctx, route.scope, now);
  const key = route.method === 'post' ? idempotencyKeyOf(ctx) : undefined;
  const json = route.body ? await readJson(ctx, route.bodyLimit) : undefined;
  const request = { brand, actor, id: idOf(ctx), query: { ...ctx.query }, json, now, key: key ?? randomUUID() };
  return once(db, { brand: brand.id, key, request: [route.method, route.path, request.id, json], now }, () =>
    route.run(request),
  );
}

function idOf(ctx: Context): string {
  return (ctx['params'] as { id?: string }).id ?? '';
}

/** What a browser asks before it lets a page of another site send a token, and with every answer (Fetch standard, CORS). */
function allowPagesOf(ctx: Context, { pagesOf }: OpenRoute): void {
  if (pagesOf === undefined) return;
  ctx.set('Access-Control-Allow-Origin', pagesOf);
  ctx.set('Access-Control-Allow-Methods', 'POST');
  ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Namespace');
  ctx.vary('Origin');
}

async function runOpen(route: OpenRoute, { clock }: AppDeps, ctx: Context): Promise<Answer> {
  allowPagesOf(ctx, route);
  const rawBody = route.method === 'post' ? await readBody(ctx.req, route.bodyLimit) : Buffer.alloc(0);
  return route.run({
    authorization: ctx.get('authorization') || undefined,
    header: (name) => ctx.get(name),
    id: idOf(ctx),
    rawBody,
    now: await clock.now(),
  });
}

/** An empty body is an empty object: most commands need none. */
async function readJson(ctx: Context, limit: number | undefined): Promise<unknown> {
  const bytes = await readBody(ctx.req, limit);
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
  ctx.body = typeof body === 'string' ? body : JSON.stringify(body);
}
