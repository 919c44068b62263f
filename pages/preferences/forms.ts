/** The effect of a sent form, after its seal was checked. */
import type { Context } from 'koa';
import type { CodePurpose } from '../../domain/privacy/access-code.ts';
import type { CodeAsked, ActionOutcome, CodeRefusal, Submission } from './actions.ts';
import {
  confirmConsents,
  disownNumberOfLink,
  eraseOnRequest,
  fetchFile,
  cancelErasure,
  openDownload,
  requestCode,
  resumeMessages,
  saveChoices,
  saveOnlyOrders,
  stopAllMessages,
} from './actions.ts';
import type { Visit } from './answers.ts';
import { askBeforeErasing, askForCode, offerFile, sendRefusal, sendPage, showPage } from './answers.ts';
import { readFields } from './choices-form.ts';
import type { PageDeps } from './deps.ts';
import { checkForm, isSameOrigin } from './form-seal.ts';
import { pageLocaleOf } from '../../locales/load.ts';
import { freshLink } from '../link.ts';
import { renderDisowned, renderStopped } from './plain-pages.ts';
import type { SentForm } from './sent-form.ts';
import { readForm } from './sent-form.ts';
import { situationOf } from './situation.ts';
import type { FormAction, Notice } from './view.ts';

/**
 * Carries out a form of ours. Every other form changes nothing, and its sender is told so. The button "stop" counts also where the link has
 * ended while its page was open, and on a page that was open for long: a person who wants no more messages must not be told to ask again.
 */
export async function takeForm(deps: PageDeps, visited: Visit): Promise<void> {
  const { ctx, link, person, ended, now } = visited;
  const origin = { secFetchSite: ctx.get('sec-fetch-site'), origin: ctx.get('origin') };
  const hosts = [ctx.host, new URL(person.brand.links.preferences).host];
  if (!isSameOrigin(origin, hosts)) return sendRefusal(ctx, visited.locale, 'forged');
  // A form that is too large, or breaks off, is not one of ours.
  const body = await deps.readBody(ctx.req).catch((error: unknown) => (isBusy(error) ? 'busy' : undefined));
  if (body === 'busy') return sendRefusal(ctx, visited.locale, 'trouble');
  const form = body && readForm(body);
  const locale = pageLocaleOf(form?.lang) ?? visited.locale;
  const own = { ...visited, locale };
  const verdict = form ? checkForm(deps.keys.forms, { ...form, link }, form.token, now) : 'forged';
  const counts = verdict === 'ok' || (verdict === 'stale' && form?.action === 'stop');
  if (ended && !(verdict === 'ok' && form?.action === 'stop')) return sendRefusal(ctx, locale, ended);
  if (!form || verdict === 'forged') return sendRefusal(ctx, locale, 'forged');
  if (!counts) return showAgain(deps, own, form.action);
  await perform(deps, own, form);
}

/**
 * The API has no room for bodies at the moment, which says nothing about the form, so the API's own problem is the
 * answer.
 */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'busy';
}

/** Each form has an address of its own. */
async function showAgain(deps: PageDeps, own: Visit, action: FormAction): Promise<void> {
  switch (action) {
    case 'erase':
      return askBeforeErasing(deps, own, true);
    case 'enter_download':
      return askForCode(deps, own, 'download', 'stale');
    case 'fetch_file':
      return askForCode(deps, own, 'download', 'over');
    case 'enter_erase':
      return askForCode(deps, own, 'erase', 'stale');
    default:
      return showPage(deps, own, { status: 409, notice: 'stale' });
  }
}

async function perform(deps: PageDeps, visited: Visit, form: SentForm): Promise<void> {
  const { ctx, person, locale, now, owner } = visited;
  const url = `${person.brand.links.preferences}/`;
  const submission: Submission = { owner, locale, userAgent: ctx.get('user-agent'), url, now };
  switch (form.action) {
    case 'save':
      return save(deps, visited, submission, form);
    case 'confirm':
      return afterwards(deps, visited, await confirmConsents(deps, submission), 'confirmed');
    case 'only_orders':
      return afterwards(deps, visited, await saveOnlyOrders(deps, submission), 'saved');
    case 'stop':
      return stopped(deps, visited, await stopAllMessages(deps, submission));
    case 'resume':
      return afterwards(deps, visited, await resumeMessages(deps, submission), 'resumed');
    case 'disown':
      return disowned(deps, visited, await disownNumberOfLink(deps, submission));
    case 'keep':
      return afterwards(deps, visited, await cancelErasure(deps, submission), 'kept');
    case 'download':
    case 'erase':
      return codeAsked(deps, visited, await requestCode(deps, submission, form.action), form.action);
    case 'enter_download':
      return codeForFile(deps, visited, submission, form);
    case 'fetch_file':
      return giveFile(deps, visited, submission, form.shown);
    case 'enter_erase':
      return codeForErasure(deps, visited, submission, form);
  }
}

async function codeForFile(deps: PageDeps, visited: Visit, submission: Submission, { code }: SentForm): Promise<void> {
  const opened = await openDownload(deps, submission, code);
  if (typeof opened === 'string') return codeRefused(deps, visited, opened, 'download');
  offerFile(deps, visited, opened.request);
}

async function giveFile(deps: PageDeps, visited: Visit, submission: Submission, request: string): Promise<void> {
  const { ctx, person, locale } = visited;
  const file = await fetchFile(deps, submission, request);
  if (file === 'busy') return offerFile(deps, visited, request, true);
  if (file === 'over') return askForCode(deps, visited, 'download', file);
  if (typeof file === 'string') return sendRefusal(ctx, locale, file);
  ctx.attachment(`${person.brand.id}.json`);
  ctx.type = 'application/json';
  ctx.body = file;
}

async function codeForErasure(
  deps: PageDeps,
  visited: Visit,
  submission: Submission,
  { code }: SentForm,
): Promise<void> {
  const { ctx, locale, now } = visited;
  const next = await eraseOnRequest(deps, submission, code);
  if (typeof next === 'string') return codeRefused(deps, visited, next, 'erase');
  deps.wakeDrainer();
  // The code has proved that the person owns the number, so the person gets the present link of the number.
  redirect(ctx, `../${freshLink(deps.keys.links, next, now)}?lang=${locale}`);
}

/** Redirects to the field for the code. A second press, or a second tab, finds the same page. */
function codeAsked(deps: PageDeps, { ctx, link, locale }: Visit, asked: CodeAsked, opens: CodePurpose): void {
  if (asked === 'gone' || asked === 'revoked') return sendRefusal(ctx, locale, asked);
  if (asked === 'asked') deps.wakeDrainer();
  const page = ctx.path.endsWith(`/${link}`) ? `${link}/code` : 'code';
  const trouble = { asked: '', too_many: '&full=1', quiet: '&quiet=1' }[asked];
  redirect(ctx, `${page}?for=${opens}&lang=${locale}${trouble}`);
}

async function codeRefused(deps: PageDeps, visited: Visit, why: CodeRefusal, opens: CodePurpose): Promise<void> {
  if (why === 'wrong' || why === 'used_up') return askForCode(deps, visited, opens, why);
  sendRefusal(visited.ctx, visited.locale, why);
}

function redirect(ctx: Context, location: string): void {
  ctx.status = 303;
  ctx.set('Location', location);
  ctx.body = '';
}

async function save(deps: PageDeps, visited: Visit, submission: Submission, form: SentForm): Promise<void> {
  const { person, now } = visited;
  const situation = situationOf(person, deps.rules, now);
  const shown = form.fieldsShown;
  if (!shown) return sendRefusal(visited.ctx, visited.locale, 'forged');
  const read = readFields(form.fields, {
    shown,
    now,
    zone: situation.zone,
    channels: situation.chooser.channels,
    knowsZone: (zone) => Object.hasOwn(deps.rules.zones.canonical, zone),
  });
  switch (read.kind) {
    case 'mistakes':
      return showPage(deps, visited, { status: 422, fields: form.fields, mistakes: read.fields });
    case 'ok':
      return afterwards(deps, visited, await saveChoices(deps, submission, read.shown, read.sent), 'saved');
  }
}

/** Redirects to the present page, so that a reload does not send the form again. */
function afterwards(
  deps: PageDeps,
  { ctx, link, locale }: Visit,
  done: ActionOutcome,
  notice: Notice | undefined,
): void {
  if (done === 'gone' || done === 'revoked') return sendRefusal(ctx, locale, done);
  if (done === 'changed') deps.wakeDrainer();
  const told = done === 'unchanged' ? 'unchanged' : notice;
  redirect(ctx, `${link}?lang=${locale}${told === undefined ? '' : `&done=${told}`}`);
}

/** The link has ended, so there is no page to redirect to. `unchanged`: the customer had stopped the number before. */
function stopped(deps: PageDeps, { ctx, locale, person }: Visit, done: ActionOutcome): void {
  if (done === 'gone' || done === 'revoked') return sendRefusal(ctx, locale, done);
  if (done === 'changed') deps.wakeDrainer();
  sendPage(ctx, 200, renderStopped(locale, person.brand));
}

/** The link has ended here, too. */
function disowned(deps: PageDeps, visited: Visit, done: ActionOutcome): void {
  const { ctx, locale, person } = visited;
  if (done !== 'changed') return afterwards(deps, visited, done, undefined);
  deps.wakeDrainer();
  sendPage(ctx, 200, renderDisowned(locale, person.brand));
}
