/** The page on which a person types in the code that was texted to the number. */
import type { Brand } from '../../domain/orders/brand.ts';
import type { CodePurpose } from '../../domain/privacy/access-code.ts';
import type { Locale } from '../../domain/sending/message.ts';
import type { Html } from '../../kit/html.ts';
import { html } from '../../kit/html.ts';
import { PAGE_WORDS } from '../../locales/load.ts';
import { renderPage } from '../layout.ts';
import type { PageWords } from '../../locales/page-words.ts';

/**
 * The reasons why no code was accepted or sent. `used_up`: it was used, or there were too many wrong guesses. `over`:
 * the file that it opened was fetched, or waited too long. `full`: the number gets no more codes for now. `quiet`:
 * the number may belong to another person by now.
 */
export type CodeTrouble = 'wrong' | 'used_up' | 'over' | 'stale' | 'full' | 'quiet';

export interface CodeView {
  readonly locale: Locale;
  readonly brand: Brand;
  readonly link: string;
  readonly opens: CodePurpose;
  /** The hidden fields of the form with the code, and of the form that asks for another code. */
  readonly enter: Html;
  readonly again: Html;
  readonly trouble?: CodeTrouble;
  /** The time until the number gets another code, in words. Absent: at once. */
  readonly nextCode?: string;
}

export function renderCodeForm({ locale, brand, link, opens, enter, again, trouble, nextCode }: CodeView): string {
  const words = PAGE_WORDS[locale];
  const wrong = trouble === 'wrong' || trouble === 'used_up';
  if (trouble === 'quiet')
    return renderPage({
      locale,
      brand: brand.name,
      title: words.codeQuietTitle,
      languages: { for: opens, quiet: '1' },
      body: html`<h1>${words.codeQuietTitle}</h1>
        <section>
          <p>${words.codeQuietSays(brand.name)}</p>
          <p><a href="${brand.links.support}">${words.codeQuietAsk}</a></p>
          <a class="button quiet" href="../${link}?lang=${locale}">${words.back}</a>
        </section>`,
    });
  return renderPage({
    locale,
    brand: brand.name,
    title: wrong ? words.errorPrefix + words.codeTitle : words.codeTitle,
    languages: { for: opens, ...(trouble === 'full' && { full: '1' }) },
    body: html`<h1>${words.codeTitle}</h1>
      ${troubleHtml(words, trouble, nextCode)}
      <section>
        ${trouble === 'full' || trouble === 'used_up' || trouble === 'over' ? '' : html`<p>${words.codeSays(brand.name)}</p>`}
        <form method="post">
          ${enter}
          <label class="field" for="code">${words.codeLabel}</label>
          <input
            type="text"
            id="code"
            name="code"
            inputmode="numeric"
            autocomplete="one-time-code"
            maxlength="12"
            required
            pattern="[0-9０-９ \\-]{6,12}"
            aria-describedby="${wrong ? 'code-wrong ' : ''}code-hint"
            ${wrong ? html`aria-invalid="true" autofocus` : ''}
          />
          <p class="hint" id="code-hint">${words.codeHint}</p>
          <p class="save"><button class="${opens === 'erase' ? 'danger' : ''}">${words.codeButton[opens]}</button></p>
        </form>
      </section>
      <section>
        <div class="actions">
          <form method="post">${again}<button class="quiet">${words.codeAgain}</button></form>
          <a class="button quiet" href="../${link}?lang=${locale}"
            >${opens === 'erase' ? words.backKeeping : words.back}</a
          >
        </div>
      </section>`,
  });
}

function troubleHtml(
  words: PageWords,
  trouble: Exclude<CodeTrouble, 'quiet'> | undefined,
  nextCode?: string,
): Html | '' {
  switch (trouble) {
    case undefined:
      return '';
    case 'wrong':
      return html`<div class="note bad" role="alert" id="code-wrong"><p>${words.codeWrong}</p></div>`;
    case 'used_up':
      return html`<div class="note bad" role="alert" id="code-wrong"><p>${words.codeUsedUp(nextCode)}</p></div>`;
    case 'over':
      return html`<p class="note bad" role="status">${words.fileOver(nextCode)}</p>`;
    case 'stale':
      return html`<p class="note bad" role="status">${words.stale}</p>`;
    case 'full':
      return html`<p class="note bad" role="status">${words.codeTooMany(nextCode)}</p>`;
  }
}
