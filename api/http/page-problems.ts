/** Problems of the page, in words for a person and not as JSON: a wrong address, too many requests, a method that it does not have. */
import type { Middleware } from 'koa';
import { PAGES_PATH, refuseVisitor } from '../../pages/preferences/router.ts';
import { Problem } from './problem.ts';

/** Call around the limits of addresses and the routers. */
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
