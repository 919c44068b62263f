/**
 * The parts that a text needs where its recipient is: the label, the writer, a way to reach them and a way to refuse.
 * The place decides about them, and not the language.
 */
import type { AppliedRow } from '../rules/applied-rules.ts';
import { toKsX1001 } from './korean-charset.ts';
import type { OptOutMethod, Rule, TextRule } from '../rules/rule-pack.ts';

export type TextRow = AppliedRow<Extract<Rule, { kind: 'text' }>>;

/** One way to refuse, and the words that say so in the language of the text. */
export interface OptOutWay {
  readonly by: OptOutMethod;
  /** The number, the code or the link; empty for a reply. */
  readonly value: string;
  readonly line: string;
}

/** Parts that can complete a text, in the words of its language or of the country's law. */
export interface TextParts {
  /** The brand's name as the body prints it. */
  readonly brand: string;
  /** Ways to reach the brand: a body that holds one of them needs no further contact. */
  readonly contacts: readonly string[];
  readonly contactLine?: string;
  /** The text says how to refuse in every place. */
  readonly asksOptOut: boolean;
  /** The ways to refuse that work for the sender, the preferred one first. */
  readonly ways: readonly OptOutWay[];
  /**
   * The page to refuse on, without a word beside it: if one country requires a way and another forbids words about
   * it.
   */
  readonly bareLink?: string;
}

export type ComposedText =
  | {
      readonly kind: 'composed';
      readonly text: string;
      /** The text that the network puts before the message; it is billed. */
      readonly prepended: string;
    }
  /** The row that cannot be satisfied. */
  | { readonly kind: 'refused'; readonly rule: string };

/** The rule that a refusal names if no row, but the text itself, needs a way to refuse. */
export const OPT_OUT_SLOT = 'text.opt_out';

/**
 * Completes a body for all places that its recipient may be in, or refuses if that is impossible. The order is:
 * labels (exact, and first), the body, a contact if one is required and missing, one way to refuse. Nothing is added
 * twice.
 */
export function composeText(body: string, rows: readonly TextRow[], parts: TextParts): ComposedText {
  const identify = first(rows, 'identify');
  if (identify && !body.includes(parts.brand)) return refused(identify);
  const contact = contactOf(body, rows, parts);
  if (typeof contact === 'object') return contact;
  const optOut = optOutOf(body, rows, parts);
  if (typeof optOut === 'object') return optOut;
  const labels = [...new Set(all(rows, 'label').map(({ text }) => text.exact))];
  const said = contact === '' && optOut === '' ? body : withFullStop(body);
  const text = [...labels, said, contact, optOut].filter((part) => part !== '').join(' ');
  const charset = first(rows, 'charset');
  const written = charset ? toKsX1001(text) : text;
  if (charset && written === undefined) return refused(charset);
  const prepended = all(rows, 'prepended').map((row) => row.text.text);
  return { kind: 'composed', text: written ?? text, prepended: [...new Set(prepended)].join('') };
}

/** `Info: {}` with a number or a link in its place. */
export function lineOf(words: string, value: string): string {
  return words.replace('{}', () => value);
}

/** Adds a full stop, unless a mark ends the text already, or a link does: the stop would become a part of the link. */
export function withFullStop(text: string): string {
  return /[.!?。)\]]$|https?:\/\/\S+$/u.test(text) ? text : `${text}.`;
}

type Refused = Extract<ComposedText, { kind: 'refused' }>;

/** Empty: none is missing. */
function contactOf(body: string, rows: readonly TextRow[], { contacts, contactLine }: TextParts): string | Refused {
  const row = first(rows, 'contact');
  if (!row || contacts.some((contact) => body.includes(contact))) return '';
  const [contact] = contacts;
  const ofTheLaw = all(rows, 'contact').flatMap(({ text }) => text.words ?? [])[0];
  if (ofTheLaw !== undefined && contact !== undefined) return lineOf(ofTheLaw, contact);
  return contactLine ?? refused(row);
}

/** Empty: the text goes without. */
function optOutOf(body: string, rows: readonly TextRow[], parts: TextParts): string | Refused {
  const asked = all(rows, 'opt_out');
  const forbidden = first(rows, 'no_opt_out');
  if (forbidden && OPT_OUT_WORDS.test(body)) return refused(forbidden);
  if (asked.length === 0 && !parts.asksOptOut) return '';
  const why = asked[0]?.id ?? OPT_OUT_SLOT;
  if (forbidden) return parts.bareLink ?? { kind: 'refused', rule: why };
  const way = parts.ways.find(({ by }) => asked.every(({ text }) => text.by.includes(by)));
  if (!way) return { kind: 'refused', rule: why };
  // HELP is answered with the link to the choices, on which a person refuses, too.
  if (asked.length === 0 && way.by === 'link' && body.includes(way.value)) return '';
  const ofTheLaw = asked.flatMap(({ text }) => text.words?.[way.by] ?? [])[0];
  return ofTheLaw === undefined ? way.line : lineOf(ofTheLaw, way.value);
}

/**
 * Words that carriers take for an advertisement's way to refuse. STOP in capitals alone: a product may be called "Stop motion", and an
 * order that is never confirmed is the worse harm.
 */
const OPT_OUT_WORDS =
  /(?<!\p{L})(?:STOP|ARR[EÊ]T)(?!\p{L})|(?<!\p{L})(?:opt[ -]?out|unsubscribe|se désabonner|désinscri\p{L}*|disiscriv\p{L}*)(?!\p{L})|수신거부/u;

type RowOf<K extends TextRule['kind']> = { readonly id: string; readonly text: Extract<TextRule, { kind: K }> };

function all<K extends TextRule['kind']>(rows: readonly TextRow[], kind: K): readonly RowOf<K>[] {
  return rows.flatMap(({ id, rule: { text } }) => (isOf(text, kind) ? [{ id, text }] : []));
}

function isOf<K extends TextRule['kind']>(text: TextRule, kind: K): text is Extract<TextRule, { kind: K }> {
  return text.kind === kind;
}

function first(rows: readonly TextRow[], kind: TextRule['kind']): TextRow | undefined {
  return rows.find(({ rule }) => rule.text.kind === kind);
}

function refused({ id }: { readonly id: string }): Refused {
  return { kind: 'refused', rule: id };
}
