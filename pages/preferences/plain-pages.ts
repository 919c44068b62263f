/** Pages without choices: the question before an erasure, the file that is ready, and all errors. */
import type { Brand } from '../../domain/orders/brand.ts';
import type { Locale } from '../../domain/sending/message.ts';
import type { Html } from '../../kit/html.ts';
import { html } from '../../kit/html.ts';
import { PAGE_WORDS } from '../../locales/load.ts';
import { renderPage } from '../layout.ts';

export interface EraseView {
  readonly locale: Locale;
  readonly brand: Brand;
  readonly link: string;
  readonly hidden: Html;
  /** The answer came too late, so the question is asked again. */
  readonly stale: boolean;
}

/** Asks whether the person really means it. */
export function renderEraseQuestion({ locale, brand, link, hidden, stale }: EraseView): string {
  const words = PAGE_WORDS[locale];
  return renderPage({
    locale,
    brand: brand.name,
    title: words.eraseTitle,
    body: html`<h1>${words.eraseTitle}</h1>
      ${stale ? html`<p class="note bad" role="status">${words.stale}</p>` : ''}
      <section>
        ${words.eraseSays(brand.name).map((line) => html`<p>${line}</p>`)}
        <div class="actions">
          <form method="post">${hidden}<button class="danger">${words.eraseButton}</button></form>
          <a class="button quiet" href="../${link}?lang=${locale}">${words.backKeeping}</a>
        </div>
      </section>`,
  });
}

export interface ReadyView {
  readonly locale: Locale;
  readonly brand: Brand;
  readonly link: string;
  readonly hidden: Html;
  /** Too many files are being sent at the moment: the person has to press the button again. */
  readonly busy: boolean;
}

/** "Your file is ready." The browser stays on this page while it saves the file. */
export function renderReady({ locale, brand, link, hidden, busy }: ReadyView): string {
  const words = PAGE_WORDS[locale];
  return renderPage({
    locale,
    brand: brand.name,
    title: words.fileTitle,
    languages: 'none',
    body: html`<h1>${words.fileTitle}</h1>
      ${busy ? html`<p class="note bad" role="alert">${words.fileBusy}</p>` : ''}
      <section>
        <p>${words.fileSays}</p>
        <div class="actions">
          <form method="post">${hidden}<button>${words.fileButton}</button></form>
          <a class="button quiet" href="../${link}?lang=${locale}">${words.back}</a>
        </div>
      </section>`,
  });
}

/** The link has ended, so the way back is a text from the number. A text cannot be sent to an alphanumeric sender. */
export function renderStopped(locale: Locale, { name, sender, links }: Brand): string {
  const words = PAGE_WORDS[locale];
  const wayBack = sender.startsWith('+') ? words.comeBackByReply(name) : words.comeBackByShop(name, links.support);
  return answer(locale, words.stoppedTitle(name), `${words.stoppedSays} ${wayBack}`, name);
}

export function renderDisowned(locale: Locale, { name }: Brand): string {
  const words = PAGE_WORDS[locale];
  return answer(locale, words.disownedTitle, words.disownedSays(name), name);
}

/** The reason why there is no page. The answer names no person. */
export type Refusal =
  | 'missing'
  | 'other_method'
  | 'flooded'
  | 'invalid'
  | 'expired'
  | 'revoked'
  | 'gone'
  | 'forged'
  | 'trouble';

export function renderRefusal(locale: Locale, refusal: Refusal): string {
  const words = PAGE_WORDS[locale];
  switch (refusal) {
    case 'missing':
    case 'invalid':
      return message(locale, words.invalidTitle, `${words.newLink} ${words.nothingChanged}`);
    case 'expired':
      return message(locale, words.expiredTitle, `${words.newLink} ${words.nothingChanged}`);
    case 'revoked':
      // A reload of the answer to STOP leads to this page. "Nothing was changed" would sound as if the STOP did not
      // count.
      return message(locale, words.revokedTitle, `${words.revokedSays} ${words.newLink}`);
    case 'gone':
      return message(locale, words.goneTitle, words.goneSays);
    case 'forged':
    case 'other_method':
      return message(locale, words.forgedTitle, words.forgedSays);
    case 'flooded':
    case 'trouble':
      return message(locale, words.troubleTitle, words.troubleSays);
  }
}

function message(locale: Locale, title: string, text: string): string {
  return renderPage({ locale, title, body: bodyOf(title, text) });
}

/**
 * The answer to a form that has ended the link. It has no links to other languages, because those pages could only
 * say that the link has ended.
 */
function answer(locale: Locale, title: string, text: string, brand: string): string {
  return renderPage({ locale, title, brand, languages: 'none', body: bodyOf(title, text) });
}

function bodyOf(title: string, text: string): Html {
  return html`<h1>${title}</h1>
    <section><p>${text}</p></section>`;
}
