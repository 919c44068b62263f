/** Fills a text for one customer. */
import { UndefinedVariableError } from 'liquidjs';
import type { AppliedRules } from '../domain/rules/applied-rules.ts';
import type { Locale, MessageKind, Tone } from '../domain/sending/message.ts';
import type { MessageContext } from '../domain/text/message-context.ts';
import { measureSms, toNfc } from '../domain/text/segments.ts';
import { completeText, withWritableName } from './completion.ts';
import type { Templates } from './load.ts';
import { isInOtherLanguagesOnly, scopeOf } from './values.ts';

export type RenderedText =
  | {
      readonly kind: 'rendered';
      readonly text: string;
      readonly locale: Locale;
      readonly encoding: 'gsm7' | 'ucs2';
      readonly segments: number;
    }
  /** A placeholder that the text cannot do without, such as `item.reorderUrl`, has no value that can be used. */
  | { readonly kind: 'missing'; readonly placeholder: string }
  /** The shop has the words of a placeholder that the text prints, but not in the language of the text. */
  | { readonly kind: 'no_text_in_language'; readonly placeholder: string }
  /** A rule of the place asks for something that cannot be had: its row, or `text.opt_out`. */
  | { readonly kind: 'refused'; readonly rule: string };

/**
 * The text of a kind for one customer, in the customer's locale or else English, completed by the rules of the place, with what it
 * costs as SMS. It never has more segments than its template declares as `worst`, and values are printed as they are:
 * `{{ brand.name }}` as a first name stays so.
 */
export function renderText(
  templates: Templates,
  kind: MessageKind,
  tone: Tone,
  context: MessageContext,
  rules: AppliedRules = NO_RULES,
): RenderedText {
  const locale = templates[context.locale] ? context.locale : 'en';
  const { grammar, texts } = templates[locale] ?? templates.en;
  const { template, uses } = texts[kind][tone];
  const inItsLanguage = withWritableName({ ...context, locale }, rules);
  const foreign = uses.find((name) => isInOtherLanguagesOnly(name, inItsLanguage));
  if (foreign !== undefined) return { kind: 'no_text_in_language', placeholder: foreign };
  try {
    const printed: unknown = grammar.renderSync(template, scopeOf(uses, inItsLanguage));
    const body = toNfc(String(printed)).replaceAll(/ {2,}/g, ' ').trim();
    const completed = completeText(body, inItsLanguage, rules, uses.includes('opt_out'));
    if (completed.kind === 'refused') return completed;
    const { text, prepended } = completed;
    const { encoding, segments } = measureSms(text, prepended);
    return { kind: 'rendered', text, locale, encoding, segments };
  } catch (error) {
    const placeholder = missingFrom(error);
    if (placeholder === undefined) throw error;
    return { kind: 'missing', placeholder };
  }
}

const NO_RULES: AppliedRules = { jurisdictions: [], packs: [], rows: [] };

/** Strict variables refuse a required placeholder that `scopeOf` has left out. */
function missingFrom(error: unknown): string | undefined {
  return error instanceof UndefinedVariableError ? error.token.getText() : undefined;
}
