/**
 * The reference of the API at /docs, and the page at /. Swagger UI writes the reference from /openapi.json in the reader's browser; its files are
 * read from its package when they are asked for, so that they take no memory until then.
 */
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { html, renderHtml } from '../../kit/html.ts';
import { PAGE_HEADERS, renderPage } from '../layout.ts';
import { START, REFERENCE_STYLES } from './assets.ts';
import { SHOPS_PATH, shopsPage } from './shops.ts';

/** Method and path of all of them, for the table of public paths. */
export const REFERENCE_PATHS = [
  '/',
  '/docs',
  '/docs/reference.css',
  '/docs/reference.js',
  SHOPS_PATH,
  '/docs/swagger-ui.css',
  '/docs/swagger-ui-bundle.js',
] as const;

/** An hour: a new version of the service may bring a new renderer. */
const KEPT = 'public, max-age=3600';

/**
 * Scripts and styles of this server alone, and its description. Swagger UI draws its icons as data. It needs no `unsafe-eval` and no inline
 * script.
 */
const REFERENCE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function mountReference(router: Router): void {
  router.get('/', (ctx) => {
    ctx.set(PAGE_HEADERS);
    answer(ctx, 'html', landing());
  });
  router.get(SHOPS_PATH, (ctx) => {
    ctx.set(PAGE_HEADERS);
    answer(ctx, 'html', shopsPage());
  });
  router.get('/docs', (ctx) => {
    ctx.set('Content-Security-Policy', REFERENCE_POLICY);
    answer(ctx, 'html', reference());
  });
  router.get('/docs/reference.css', (ctx) => {
    ctx.set('Cache-Control', KEPT);
    answer(ctx, 'css', REFERENCE_STYLES);
  });
  router.get('/docs/reference.js', (ctx) => {
    ctx.set('Cache-Control', KEPT);
    answer(ctx, 'text/javascript', START);
  });
  router.get('/docs/swagger-ui.css', (ctx) => ofPackage(ctx, 'css', 'swagger-ui.css'));
  router.get('/docs/swagger-ui-bundle.js', (ctx) => ofPackage(ctx, 'text/javascript', 'swagger-ui-bundle.js'));
}

function answer(ctx: Context, type: string, body: string): void {
  ctx.type = type;
  ctx.body = body;
}

/** File names come from our list and never from the request. */
function ofPackage(ctx: Context, type: string, name: 'swagger-ui.css' | 'swagger-ui-bundle.js'): void {
  ctx.set('Cache-Control', KEPT);
  ctx.type = type;
  ctx.body = createReadStream(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`));
}

function landing(): string {
  return renderPage({
    locale: 'en',
    title: 'Dopo',
    brand: 'Dopo',
    languages: 'none',
    body: html`
      <h1>Dopo: text messages to customers after checkout</h1>
      <p>
        This is the API of one installation. A shop reports its orders and their events here. Dopo sends the texts that
        are due and allowed, and reads the replies.
      </p>
      <ul>
        <li><a href="/docs">Reference of the API, with examples</a></li>
        <li><a href="/docs/shops">Orders from Shopify and WooCommerce: which field goes where</a></li>
        <li><a href="/openapi.json">Description for programs (OpenAPI 3.1)</a></li>
        <li><a href="/healthz">Status: answers {"status":"up"} while the API runs</a></li>
      </ul>
      <p>Every request under /v1 needs an API key: "Authorization: Bearer dopo_...".</p>
    `,
  });
}

function reference(): string {
  return renderHtml(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>Dopo: reference of the API</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href="/docs/swagger-ui.css" />
          <link rel="stylesheet" href="/docs/reference.css" />
        </head>
        <body>
          <main id="reference"></main>
          <noscript>The reference needs scripts. <a href="/openapi.json">/openapi.json</a> has the same.</noscript>
          <script src="/docs/swagger-ui-bundle.js"></script>
          <script src="/docs/reference.js"></script>
        </body>
      </html> `,
  );
}
