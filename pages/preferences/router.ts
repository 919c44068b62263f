/**
 * The preference page's routes. GET changes nothing, because scanners follow links too; every change is a form that comes from the page.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { readPerson } from '../../db/consent/person.ts';
import { CODE_PURPOSES } from '../../domain/privacy/access-code.ts';
import type { Visit } from './answers.ts';
import { askBeforeErasing, askForCode, sendRefusal, showPage } from './answers.ts';
import type { Locale } from '../../domain/sending/message.ts';
import type { PageDeps } from './deps.ts';
import { takeForm } from './forms.ts';
import { createRouter } from '../koa-router.ts';
import { pageLocaleOf, preferredLocale } from '../../locales/load.ts';
import { PAGE_HEADERS } from '../layout.ts';
import { readLink } from '../link.ts';
import type { Refusal } from './plain-pages.ts';

/** The path of the page: a link is this path with its token. */
export const PAGES_PATH = '/p';

export function pageRouter(deps: PageDeps): Router {
  const router = createRouter({ prefix: PAGES_PATH, sensitive: true });
  router.get('/:token', (ctx) => visit(deps, ctx, async (one) => showPage(deps, one)));
  router.get('/:token/erase', (ctx) => visit(deps, ctx, async (one) => askBeforeErasing(deps, one)));
  router.get('/:token/code', (ctx) =>
    visit(deps, ctx, async (one) => {
      const opens = CODE_PURPOSES.find((purpose) => purpose === ctx.query['for']);
      if (opens === undefined) return showPage(deps, one);
      const trouble = (['full', 'quiet'] as const).find((one) => ctx.query[one] === '1');
      await askForCode(deps, one, opens, trouble);
    }),
  );
  router.post('/:token/code', (ctx) => visit(deps, ctx, (one) => takeForm(deps, one)));
  router.post('/:token', (ctx) => visit(deps, ctx, (one) => takeForm(deps, one)));
  router.post('/:token/erase', (ctx) => visit(deps, ctx, (one) => takeForm(deps, one)));
  return router;
}

/** Answers a person whose link has not been read. */
export function refuseVisitor(ctx: Context, refusal: Refusal): void {
  sendRefusal(ctx, prepared(ctx).fallback, refusal);
}

/**
 * Sets the headers of every answer. Returns the requested language, and the language to answer in until the person is
 * known.
 */
function prepared(ctx: Context): { readonly asked: Locale | undefined; readonly fallback: Locale } {
  ctx.set(PAGE_HEADERS);
  ctx.vary('Accept-Language');
  const asked = pageLocaleOf(typeof ctx.query['lang'] === 'string' ? ctx.query['lang'] : undefined);
  return { asked, fallback: asked ?? preferredLocale(ctx.get('accept-language')) };
}

/** Answers with the page of the link's person, or says why there is none. */
async function visit(deps: PageDeps, ctx: Context, answer: (visit: Visit) => Promise<void>): Promise<void> {
  const { asked, fallback } = prepared(ctx);
  try {
    const now = await deps.clock.now();
    const token = (ctx['params'] as { token: string }).token;
    const read = readLink(deps.keys.links, token, now);
    if (read.kind === 'invalid' || (read.kind === 'expired' && ctx.method !== 'POST'))
      return sendRefusal(ctx, fallback, read.kind);
    if (ctx.path.endsWith('/') && ctx.method !== 'POST') return withoutSlash(ctx);
    const { owner } = read;
    const person = await readPerson(deps.db, owner.id);
    if (!person) return sendRefusal(ctx, fallback, 'gone');
    const ended = read.kind === 'expired' ? read.kind : person.epoch === owner.epoch ? undefined : 'revoked';
    if (ended && ctx.method !== 'POST') return sendRefusal(ctx, fallback, ended);
    const locale = asked ?? pageLocaleOf(person.locale) ?? (person.locale === undefined ? person.brand.locale : 'en');
    await answer({ ctx, link: token, owner, person, locale, ...(ended && { ended }), now });
  } catch (error) {
    deps.report(error);
    sendRefusal(ctx, fallback, 'trouble');
  }
}

/** Addresses in links and forms of the pages are relative to the address without this slash. */
function withoutSlash(ctx: Context): void {
  ctx.status = 302;
  ctx.set('Location', `../${ctx.path.split('/').at(-2) ?? ''}${ctx.search}`);
  ctx.body = '';
}
