/** The frame of every page. Plain HTML without scripts and without files of other hosts. */
import { createHash } from 'node:crypto';
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';
import type { Html } from '../kit/html.ts';
import { html, renderHtml, trustedHtml } from '../kit/html.ts';
import { PAGE_WORDS } from '../locales/load.ts';
import { PAGE_STYLES } from './styles.ts';

/**
 * Headers of every answer. The only style sheet is named by its hash. Everyone who has the address of a page can open
 * it, so the address must not get into a referrer, a cache or a search engine.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(PAGE_STYLES).digest('base64')}'`,
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
  /** Absent: the brand is unknown, or must not be told. */
  readonly brand?: string;
  /**
   * Links to the page in other languages. `none`: the page answers a form, and a link would leave it. An object has
   * the other parameters of the page's address.
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
          ${trustedHtml(`<style>${PAGE_STYLES}</style>`)}
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
