/** Tagged-template HTML: every value is escaped unless it is HTML made by the same tag. */

const markup = Symbol('markup');
export interface Html {
  readonly [markup]: string;
}

export type HtmlValue = string | number | Html | readonly Html[];

/** Builds HTML; strings and numbers are escaped for text and quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return { [markup]: parts.map((part, index) => part + rendered(values[index] ?? '')).join('') };
}

/**
 * Marks a constant of ours as HTML that must not be escaped, such as a style sheet. Never use it for data from
 * outside.
 */
export function trustedHtml(text: string): Html {
  return { [markup]: text };
}

/** The finished text of a document or fragment. */
export function renderHtml(value: Html): string {
  return value[markup];
}

function rendered(value: HtmlValue): string {
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return isList(value) ? value.map(renderHtml).join('') : renderHtml(value);
}

function isList(value: Html | readonly Html[]): value is readonly Html[] {
  return Array.isArray(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
