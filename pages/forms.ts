/** What a sent form does, once it is known to be ours. */
import { requestErasure } from '../db/privacy/erasures.ts';
import { CUSTOMER } from '../domain/audit.ts';
import type { Brand } from '../domain/brand.ts';
import type { Locale } from '../domain/message.ts';
import type { Done, Sender } from './actions.ts';
import { confirm, disown, download, resumeAll, saveChoices, saveOnlyOrders, stopAll } from './actions.ts';
import type { Visit } from './answers.ts';
import { askBeforeErasing, refuse, send, showPage } from './answers.ts';
import { readFields } from './choices-form.ts';
import type { PageDeps } from './deps.ts';
import { checkForm, isSameOrigin } from './form-seal.ts';
import { localeOf } from './languages.ts';
import { renderDisowned, renderErased, renderStopped } from './plain-pages.ts';
import type { SentForm } from './sent-form.ts';
import { readForm } from './sent-form.ts';
import { standingOf } from './standing.ts';
import type { Notice } from './view.ts';

/** A form that is ours does what it says. Every other one changes nothing and is told so. */
export async function takeForm(deps: PageDeps, visited: Visit): Promise<void> {
  const { ctx, link, person, now } = visited;
  const origin = { secFetchSite: ctx.get('sec-fetch-site'), origin: ctx.get('origin') };
  const hosts = [ctx.host, new URL(person.brand.links.preferences).host];
  if (!isSameOrigin(origin, hosts)) return refuse(ctx, visited.locale, 'forged');
  // One that is too large, or breaks off, is none of ours.
  const body = await deps.readBody(ctx.req).catch(() => undefined);
  const form = body && readForm(body);
  const locale = localeOf(form?.lang) ?? visited.locale;
  const own = { ...visited, locale };
  const verdict = form ? checkForm(deps.keys.forms, { ...form, link }, form.token, now) : 'forged';
  if (!form || verdict === 'forged') return refuse(ctx, locale, 'forged');
  if (verdict === 'stale')
    // The question has an address of its own, below the page's.
    return form.action === 'erase'
      ? askBeforeErasing(deps, own, true)
      : showPage(deps, own, { status: 409, notice: 'stale' });
  await perform(deps, own, form);
}

async function perform(deps: PageDeps, visited: Visit, form: SentForm): Promise<void> {
  const { ctx, person, locale, now, owner } = visited;
  const url = `${person.brand.links.preferences}/`;
  const sender: Sender = { owner, locale, userAgent: ctx.get('user-agent'), url, now };
  switch (form.action) {
    case 'save':
      return save(deps, visited, sender, form);
    case 'confirm':
      return afterwards(deps, visited, await confirm(deps, sender), 'confirmed');
    case 'only_orders':
      return afterwards(deps, visited, await saveOnlyOrders(deps, sender), 'saved');
    case 'stop':
      return ended(deps, visited, await stopAll(deps, sender), renderStopped);
    case 'resume':
      return afterwards(deps, visited, await resumeAll(deps, sender), 'resumed');
    case 'disown':
      return ended(deps, visited, await disown(deps, sender), renderDisowned);
    case 'download': {
      const exported = await download(deps, person, now);
      if (!exported) return refuse(ctx, locale, 'gone');
      ctx.attachment(`${person.brand.id}.json`);
      ctx.type = 'application/json';
      ctx.body = JSON.stringify(exported);
      return;
    }
    case 'erase': {
      const request = { brand: person.brand.id, contact: person.contact, actor: CUSTOMER, source: 'page' } as const;
      await requestErasure(deps.db, deps.tokenOf, request, now);
      deps.wakeDrainer();
      return send(ctx, 200, renderErased(locale, person.brand));
    }
  }
}

async function save(deps: PageDeps, visited: Visit, sender: Sender, form: SentForm): Promise<void> {
  const { person, now } = visited;
  const standing = standingOf(person, deps.rules, now);
  const shown = form.fieldsShown;
  if (!shown) return refuse(visited.ctx, visited.locale, 'forged');
  const read = readFields(form.fields, {
    shown,
    now,
    zone: standing.zone,
    channels: standing.chooser.channels,
    knowsZone: (zone) => Object.hasOwn(deps.rules.zones.canonical, zone),
  });
  switch (read.kind) {
    case 'mistakes':
      return showPage(deps, visited, { status: 422, fields: form.fields, mistakes: read.fields });
    case 'ok':
      return afterwards(deps, visited, await saveChoices(deps, sender, read.shown, read.sent), 'saved');
  }
}

/** To the page as it is now, so that a reload sends nothing again. */
function afterwards(deps: PageDeps, { ctx, link, locale }: Visit, done: Done, notice: Notice | undefined): void {
  if (done === 'gone' || done === 'revoked') return refuse(ctx, locale, done);
  if (done === 'changed') deps.wakeDrainer();
  const told = done === 'unchanged' ? 'unchanged' : notice;
  ctx.status = 303;
  ctx.set('Location', `${link}?lang=${locale}${told === undefined ? '' : `&done=${told}`}`);
  ctx.body = '';
}

/** The link has ended with it, so there is no page to lead to. */
function ended(deps: PageDeps, visited: Visit, done: Done, render: (locale: Locale, brand: Brand) => string): void {
  const { ctx, locale, person } = visited;
  if (done !== 'changed') return afterwards(deps, visited, done, undefined);
  deps.wakeDrainer();
  send(ctx, 200, render(locale, person.brand));
}
