/**
 * The stand-in's page: a phone per customer number with the texts it got, and a box to answer. Plain HTML without scripts.
 */
import { createHash } from 'node:crypto';
import { shownSender } from './channels.ts';
import type { AcceptedMessage } from './receipts.ts';
import { html, renderHtml, trustedHtml } from '../../kit/html.ts';
import type { Html } from '../../kit/html.ts';
import { PHONE_STYLES } from './phone-styles.ts';

/** A text a customer sent. `httpStatus` is what the service answered to the webhook; 0: nothing. */
export interface PhoneReply {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly at: number;
  readonly httpStatus: number;
}

/** A load test has many thousand numbers, and nobody reads a page of them. */
const MOST_PHONES = 60;
const MOST_BUBBLES = 40;
const REFRESH_SECONDS = 3;

/** Allows no script and nothing from other hosts. The only style sheet is named by its hash. */
export const PHONE_PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(PHONE_STYLES).digest('base64')}'`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** The content of the page. `names`: customers' names by number. */
export interface Phones {
  readonly messages: readonly AcceptedMessage[];
  readonly replies: readonly PhoneReply[];
  readonly names: ReadonlyMap<string, string>;
}

interface Bubble {
  readonly mine: boolean;
  readonly text: string;
  readonly at: number;
  readonly note: string;
}

interface Phone {
  readonly number: string;
  readonly bubbles: Bubble[];
  /** The newest sender that can be answered. An alphanumeric sender cannot be. */
  sender: string | undefined;
  lastAt: number;
}

/** The whole page. `live` refreshes itself and has no boxes, because a refresh would lose what is being typed. */
export function renderPhonePage({ messages, replies, names }: Phones, live: boolean): string {
  const phones = phonesOf(messages, replies);
  const shown = phones.slice(0, MOST_PHONES);
  return renderHtml(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          ${live ? html`<meta http-equiv="refresh" content="${REFRESH_SECONDS}" />` : ''}
          <title>Phones</title>
          ${trustedHtml(`<style>${PHONE_STYLES}</style>`)}
        </head>
        <body>
          <header>
            <h1>Customers' phones</h1>
            <p>
              ${phones.length} ${phones.length === 1 ? 'number' : 'numbers'}, ${messages.length} messages. Newest first,
              times are UTC.
            </p>
            <nav>${navigation(live)}</nav>
          </header>
          <main>
            ${shown.length === 0 ? html`<p class="none">No message yet. Send an order to the API and look again.</p>` : ''}
            ${shown.map((phone) => phoneHtml(phone, names.get(phone.number), live))}
          </main>
          ${phones.length > shown.length ? html`<p class="none">The ${MOST_PHONES} most recent numbers are shown.</p>` : ''}
        </body>
      </html> `,
  );
}

/** The numbers of the phones on the page. */
export function numbersShown({ messages, replies }: Omit<Phones, 'names'>): readonly string[] {
  return phonesOf(messages, replies)
    .slice(0, MOST_PHONES)
    .map(({ number }) => number);
}

function navigation(live: boolean): Html {
  return live
    ? html`<a href="/">Stop refreshing, to reply</a>`
    : html`<a href="/">Refresh</a> <a href="/?live=1">Refresh every ${REFRESH_SECONDS} s</a>`;
}

function phonesOf(messages: readonly AcceptedMessage[], replies: readonly PhoneReply[]): Phone[] {
  const phones = new Map<string, Phone>();
  const add = (number: string, bubble: Bubble) => {
    const phone = phones.get(number) ?? { number, bubbles: [], sender: undefined, lastAt: 0 };
    phones.set(number, phone);
    phone.bubbles.push(bubble);
    phone.lastAt = Math.max(phone.lastAt, bubble.at);
    return phone;
  };
  for (const { to, from, text, channel, acceptedAt } of messages) {
    const phone = add(to, { mine: false, text, at: acceptedAt, note: shownSender(channel, from) });
    if (/^\+?\d+$/.test(from)) phone.sender = from;
  }
  for (const { from, to, text, at, httpStatus } of replies) {
    const note = httpStatus >= 200 && httpStatus < 300 ? '' : `not taken by the service (${httpStatus || 'no answer'})`;
    add(from, { mine: true, text, at, note }).sender ??= to;
  }
  for (const phone of phones.values()) phone.bubbles.sort((a, b) => a.at - b.at);
  return [...phones.values()].toSorted((a, b) => b.lastAt - a.lastAt);
}

function phoneHtml(phone: Phone, name: string | undefined, live: boolean): Html {
  // The newest text comes first, because the page has no script that could scroll to the end.
  const bubbles = phone.bubbles.slice(-MOST_BUBBLES).toReversed();
  return html`<section id="${anchorOf(phone.number)}" aria-label="Phone ${phone.number}">
    <h2>${name === undefined ? '' : html`<b>${name}</b> `}${phone.number}</h2>
    ${live ? '' : replyForm(phone)}
    <ol tabindex="0" aria-label="Texts of ${phone.number}, the newest first">
      ${bubbles.map(bubbleHtml)}
    </ol>
  </section> `;
}

function bubbleHtml({ mine, text, at, note }: Bubble): Html {
  const time = new Date(at).toISOString();
  return html`<li class="${mine ? 'mine' : 'theirs'}">
    <p>${linked(text)}</p>
    <small
      >${note === '' ? '' : `${note}, `}<time datetime="${time}">${time.slice(0, 16).replace('T', ' ')}</time></small
    >
  </li> `;
}

/**
 * Turns web addresses into links that send no referrer. A full stop or bracket after an address belongs to the
 * sentence.
 */
function linked(text: string): Html {
  const parts = text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/);
  return html`${parts.map((part, index) =>
    index % 2 === 1 ? html`<a href="${part}" target="_blank" rel="noopener noreferrer">${part}</a>` : html`${part}`,
  )}`;
}

function replyForm({ number, sender }: Phone): Html {
  if (sender === undefined) return html`<p class="none">A sender with a name cannot be answered.</p>`;
  return html`<form method="post" action="/reply">
    <input type="hidden" name="from" value="${number}" /><input type="hidden" name="to" value="${sender}" />
    <input
      name="text"
      required
      maxlength="1000"
      autocomplete="off"
      aria-label="Reply as ${number}"
      placeholder="Reply to ${sender}"
    />
    <button>Send</button>
  </form>`;
}

/** The fragment of a number's phone on the page. */
export function anchorOf(number: string): string {
  return `p${number.replace(/\W/g, '')}`;
}
