/** Answers to a person with a link: the page, a question, or a refusal. */
import type { Context } from 'koa';
import { nextCodeAt } from '../../db/contacts/access-codes.ts';
import type { Person } from '../../db/consent/person.ts';
import type { CodePurpose } from '../../domain/privacy/access-code.ts';
import { choicesOf } from '../../domain/consent/choices.ts';
import type { LinkOwner } from '../../domain/contacts/identity.ts';
import type { Locale } from '../../domain/sending/message.ts';
import type { Html } from '../../kit/html.ts';
import { html } from '../../kit/html.ts';
import type { FieldName, FormFields } from './choices-form.ts';
import { fieldsOf } from './choices-form.ts';
import { longMoment, zoneChoices } from './times.ts';
import type { PageDeps } from './deps.ts';
import { formToken } from './form-seal.ts';
import type { CodeTrouble } from './code-form.ts';
import { renderCodeForm } from './code-form.ts';
import type { Refusal } from './plain-pages.ts';
import { renderEraseQuestion, renderReady, renderRefusal } from './plain-pages.ts';
import { renderPreferences } from './page.ts';
import { shownFieldsOf } from './sent-form.ts';
import { situationOf } from './situation.ts';
import type { FormAction, Notice } from './view.ts';
import { NOTICES } from './view.ts';

const STATUS: Readonly<Record<Refusal, number>> = {
  missing: 404,
  other_method: 405,
  flooded: 429,
  invalid: 403,
  forged: 403,
  expired: 410,
  revoked: 410,
  gone: 410,
  trouble: 503,
};

/** Seconds. The page shows it to people as "a few minutes". */
const TROUBLE_PASSES_IN = '60';

/** A request with a link of a person. */
export interface Visit {
  readonly ctx: Context;
  readonly link: string;
  readonly owner: LinkOwner;
  readonly person: Person;
  readonly locale: Locale;
  /** Why the link opens nothing any more. Its page may have been open before: only "stop" counts then. Absent: the link works. */
  readonly ended?: 'expired' | 'revoked';
  /** Epoch ms. */
  readonly now: number;
}

export function sendRefusal(ctx: Context, locale: Locale, refusal: Refusal): void {
  if (refusal === 'trouble') ctx.set('Retry-After', TROUBLE_PASSES_IN);
  sendPage(ctx, STATUS[refusal], renderRefusal(locale, refusal));
}

export function sendPage(ctx: Context, status: number, page: string): void {
  ctx.status = status;
  ctx.type = 'text/html; charset=utf-8';
  ctx.body = page;
}

interface Shown {
  readonly status?: number;
  /** A form that was sent with a mistake. Absent: the page shows the stored choices. */
  readonly fields?: FormFields;
  readonly mistakes?: readonly FieldName[];
  readonly notice?: Notice | undefined;
}

export function showPage(deps: PageDeps, { ctx, link, person, locale, now }: Visit, shown: Shown = {}): void {
  const situation = situationOf(person, deps.rules, now);
  const stands = fieldsOf(choicesOf(situation.chooser, now), situation.zone);
  const notice = shown.notice ?? NOTICES.find((one) => one === ctx.query['done']);
  const fields = shown.fields ?? stands;
  const page = renderPreferences({
    locale,
    person,
    situation,
    fields,
    mistakes: shown.mistakes ?? [],
    ...(notice !== undefined && { notice }),
    link,
    hidden: (action) =>
      hiddenFields(deps, { link, locale, now }, action, action === 'save' ? shownFieldsOf(stands) : ''),
    zoneChoices: zoneChoices(deps.rules.zones, person.country ?? person.brand.country, fields.zone),
    now,
  });
  sendPage(ctx, shown.status ?? 200, page);
}

function hiddenFields(
  { keys }: PageDeps,
  { link, locale, now }: Pick<Visit, 'link' | 'locale' | 'now'>,
  action: FormAction,
  shown: string,
): Html {
  const fields = { action, lang: locale, shown, token: formToken(keys.forms[0], { action, link, shown }, now) };
  return html`${Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  )}`;
}

export function askBeforeErasing(deps: PageDeps, { ctx, link, person, locale, now }: Visit, stale = false): void {
  const hidden = hiddenFields(deps, { link, locale, now }, 'erase', '');
  sendPage(ctx, stale ? 409 : 200, renderEraseQuestion({ locale, brand: person.brand, link, hidden, stale }));
}

const CODE_STATUS = { wrong: 422, used_up: 422, over: 410, stale: 409, full: 200, quiet: 200 } as const;

/** The page with the field for the code that was texted to the number. */
export async function askForCode(
  deps: PageDeps,
  { ctx, link, person, locale, now }: Visit,
  opens: CodePurpose,
  trouble?: CodeTrouble,
): Promise<void> {
  const says = trouble === 'full' || trouble === 'used_up' || trouble === 'over';
  const next = says ? await nextCodeAt(deps.db, person.address.id, now) : undefined;
  const { zone } = situationOf(person, deps.rules, now);
  const hidden = (action: FormAction): Html => hiddenFields(deps, { link, locale, now }, action, '');
  const page = renderCodeForm({
    locale,
    brand: person.brand,
    link,
    opens,
    enter: hidden(opens === 'download' ? 'enter_download' : 'enter_erase'),
    again: hidden(opens),
    ...(trouble && { trouble }),
    ...(next !== undefined && { nextCode: longMoment(next, zone, { locale, person }) }),
  });
  sendPage(ctx, trouble === undefined ? 200 : CODE_STATUS[trouble], page);
}

/**
 * The page with the button that gives out the file. If the file were sent at once, the browser would stay on the page
 * with the code and its earlier error. The form has the sealed request; in the address it would end up in the
 * browser's history and in logs of proxies.
 */
export function offerFile(deps: PageDeps, visit: Visit, request: string, busy = false): void {
  const { ctx, link, person, locale } = visit;
  if (busy) ctx.set('Retry-After', TROUBLE_PASSES_IN);
  const hidden = hiddenFields(deps, visit, 'fetch_file', request);
  sendPage(ctx, busy ? 503 : 200, renderReady({ locale, brand: person.brand, link, hidden, busy }));
}
