/** The frame of every page. Plain HTML: no script, nothing from elsewhere. */
import { createHash } from 'node:crypto';
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';
import type { Html } from '../kit/html.ts';
import { html, renderHtml, trustedHtml } from '../kit/html.ts';
import { PAGE_WORDS } from '../locales/load.ts';
import { STYLES } from './styles.ts';

/**
 * Set on every answer. The one style sheet is known by its hash. The address of a page opens it, so it is given to no third party: not as a
 * referrer, not into a cache, not into a search engine.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLES).digest('base64')}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'X-Robots-Tag': 'noindex, nofollow, noarchive',
};

export interface PageFrame {
  readonly locale: Locale;
  /** Of the browser's tab: the page's heading unless there is an error. */
  readonly title: string;
  /** Absent: whose page it would be is not known, or not told. */
  readonly brand?: string;
  /**
   * Links to the page in other languages. `none`: the page is the answer to a form, and a link would leave it. An object has the other
   * parameters of the page's address.
   */
  readonly languages?: 'none' | Readonly<Record<string, string>>;
  readonly body: Html;
}

/** The whole document. */
export function renderPage({ locale, title, brand, languages = {}, body }: PageFrame): string {
  return renderHtml(
    html`<!doctype html>
      <html lang="${locale}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex, nofollow" />
          <title>${title}</title>
          ${trustedHtml(`<style>${STYLES}</style>`)}
        </head>
        <body>
          <header>
            <p>${brand ?? ''}</p>
            ${languages === 'none' ? '' : languageLinks(locale, languages)}
          </header>
          <main>${body}</main>
        </body>
      </html> `,
  );
}

function languageLinks(locale: Locale, address: Readonly<Record<string, string>>): Html {
  return html`<nav aria-label="${PAGE_WORDS[locale].languages}">
    <ul>
      ${LOCALES.map((one) => languageLink(one, one === locale, address))}
    </ul>
  </nav>`;
}

function languageLink(locale: Locale, current: boolean, address: Readonly<Record<string, string>>): Html {
  const { language } = PAGE_WORDS[locale];
  const query = new URLSearchParams({ ...address, lang: locale }).toString();
  return html`<li>
    <a href="?${query}" lang="${locale}" hreflang="${locale}" ${current ? html`aria-current="true"` : ''}
      >${language}</a
    >
  </li>`;
}
