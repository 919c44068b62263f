/**
 * Loads Koa's router by `require`. An import would load the package's ESM edition, which imports `http`. An import of `http` reads all of its
 * exports, and reading `WebSocket` loads a library of 6 MB.
 */
import { createRequire } from 'node:module';
import type Router from '@koa/router';
import type { RouterOptions } from '@koa/router';

const KoaRouter = createRequire(import.meta.url)('@koa/router') as typeof Router;

export function createRouter(options: RouterOptions): Router {
  return new KoaRouter(options);
}
