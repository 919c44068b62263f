/** A customer with a link, who sees pages and sends their forms as a browser does: over HTTP, without one. */
import { keys } from '../../helpers/keys.ts';
import { freshLink } from '../../../pages/link.ts';
import type { Shop } from '../../api/shop.ts';

export interface SeenPage {
  readonly status: number;
  readonly headers: Headers;
  readonly page: string;
}

export interface Visitor {
  readonly link: string;
  open(path?: string, headers?: Record<string, string>): Promise<SeenPage>;
  /** Sends the form of an action as the page has it, with changes: null takes a field away. */
  send(
    action: string,
    changes?: Fields,
    options?: { headers?: Record<string, string>; page?: string },
  ): Promise<SeenPage>;
}

/** Forms that are not on the page itself. */
const WHERE: Readonly<Record<string, string>> = {
  erase: '/erase',
  enter_download: '/code?for=download',
  enter_erase: '/code?for=erase',
  fetch_file: '/code?for=download',
};

type Fields = Readonly<Record<string, string | readonly string[] | null>>;

/** The link that a message to a contact's number has, made at the shop's present time. */
export async function visitorOf(shop: Shop, contact: string, address?: string): Promise<Visitor> {
  const numbers = shop.db('addresses').where({ contact_id: contact, ...(address !== undefined && { address }) });
  const { link_id, link_epoch } = await numbers.first('link_id', 'link_epoch');
  return visitorWith(shop.url, freshLink(keys.links, { id: link_id, epoch: link_epoch }, shop.clock.at));
}

/** A customer who has the link already. `url`: of the API. */
export function visitorWith(url: string, link: string): Visitor {
  const fetchPage = async (path: string, init: RequestInit): Promise<SeenPage> => {
    const response = await fetch(`${url}/p/${link}${path}`, { redirect: 'manual', ...init });
    return { status: response.status, headers: response.headers, page: await response.text() };
  };
  return {
    link,
    open: (path = '', headers = {}) => fetchPage(path, { headers }),
    async send(action, changes = {}, { headers = {}, page } = {}) {
      const path = WHERE[action] ?? '';
      const html = page ?? (await fetchPage(path, {})).page;
      const sent = new URLSearchParams();
      for (const [name, value] of fieldsOf(html, action)) if (!Object.hasOwn(changes, name)) sent.append(name, value);
      for (const [name, value] of Object.entries(changes))
        for (const one of value === null ? [] : [value].flat()) sent.append(name, one);
      return fetchPage(path, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin', ...headers }, body: sent });
    },
  };
}

/** Name and value of everything the form would send, in its order. */
function fieldsOf(page: string, action: string): [string, string][] {
  const form = page.split('<form').find((one) => one.includes(`name="action" value="${action}"`)) ?? '';
  const inputs = form.split('</form>', 1)[0]?.matchAll(/<input\b([^>]*)>/g) ?? [];
  const fields = [...inputs].flatMap(([, attributes = '']): [string, string][] => {
    const of = (name: string): string => unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '');
    const boxed = ['checkbox', 'radio'].includes(of('type'));
    return boxed && !/\schecked\b/.test(attributes) ? [] : [[of('name'), of('value')]];
  });
  const zone = /<option value="([^"]+)"\s+selected/.exec(form)?.[1];
  return form.includes('<select') ? [...fields, ['zone', zone ?? '']] : fields;
}

function unescape(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
