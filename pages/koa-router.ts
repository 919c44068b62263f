/**
 * Koa's router by `require`. An import takes the package's other edition, which imports `http`; an import of `http` looks at each of its
 * exports, and `WebSocket` among them is a library of 6 MB.
 */
import { createRequire } from 'node:module';
import type Router from '@koa/router';
import type { RouterOptions } from '@koa/router';

const loaded = createRequire(import.meta.url)('@koa/router') as typeof Router;

export function createRouter(options: RouterOptions): Router {
  return new loaded(options);
}
