/** Completes a text by the rules of its recipient's places, in the words of its language or of their law. */
import type { AppliedRules } from '../domain/rules/applied-rules.ts';
import { rowsOfKind } from '../domain/rules/applied-rules.ts';
import type { Locale, MessageClass } from '../domain/sending/message.ts';
import type { MessageContext, TextSender } from '../domain/text/message-context.ts';
import { toKsX1001 } from '../domain/text/korean-charset.ts';
import type { TextRule } from '../domain/rules/rule-pack.ts';
import type { ComposedText, OptOutWay, TextParts } from '../domain/text/text-rules.ts';
import { composeText } from '../domain/text/text-rules.ts';
import { usableUrl } from './clean/url.ts';
import type { Words } from './compliance.ts';
import { allWords, wordsFor } from './compliance.ts';
import { PERSONAL } from './placeholders.ts';
import { valueOf } from './values.ts';

const A_NUMBER: TextSender = { kind: 'long_number' };

/** Rules of an SMS alone: an agent can be answered everywhere, and its texts travel otherwise. */
const OF_SMS: readonly TextRule['kind'][] = ['opt_out', 'charset', 'prepended'];

/** `asksOptOut`: the template says where the way to refuse stands. */
export function completeText(
  body: string,
  context: MessageContext,
  rules: AppliedRules,
  asksOptOut: boolean,
): ComposedText {
  const { sender = A_NUMBER, locale } = context;
  const rows = rowsOfKind(rules, 'text');
  const words = wordsFor(locale, rules.jurisdictions);
  const parts = { ...partsOf(context, words), ways: waysOf(context, sender, rules, words) };
  if (sender.kind !== 'agent') return composeText(body, rows, { ...parts, asksOptOut });
  const asked = asksOptOut || rows.some(({ rule }) => rule.text.kind === 'opt_out');
  const ofAll = rows.filter(({ rule }) => !OF_SMS.includes(rule.text.kind));
  return composeText(body, ofAll, { ...parts, asksOptOut: asked });
}

/**
 * Without a name that the networks of the place cannot carry, such as an Arabic one in Korea: a text without a name is better than none.
 */
export function withWritableName(context: MessageContext, rules: AppliedRules): MessageContext {
  const { sender = A_NUMBER, contact } = context;
  const charset = rowsOfKind(rules, 'text').some(({ rule }) => rule.text.kind === 'charset');
  if (!charset || sender.kind === 'agent') return context;
  const { firstName, lastName, ...rest } = contact;
  return {
    ...context,
    contact: {
      ...rest,
      ...(isWritable(firstName) && { firstName }),
      ...(isWritable(lastName) && { lastName }),
    },
  };
}

function isWritable(name: string | undefined): name is string {
  return name !== undefined && toKsX1001(name) !== undefined;
}

function partsOf(context: MessageContext, words: Words): Omit<TextParts, 'ways' | 'asksOptOut'> {
  const printed = (name: string): string | undefined => {
    const value = valueOf(name, context);
    return typeof value === 'string' ? value : undefined;
  };
  const contacts = [printed('brand.supportPhone'), printed('brand.supportUrl')].filter(
    (contact) => contact !== undefined,
  );
  const [contact] = contacts;
  const bareLink = linkOf(context);
  return {
    brand: printed('brand.name') ?? '',
    contacts,
    ...(contact !== undefined && { contactLine: words.contact(contact) }),
    ...(bareLink !== undefined && { bareLink }),
  };
}

function linkOf({ brand }: MessageContext): string | undefined {
  return usableUrl(brand.preferencesUrl, PERSONAL[1]) ?? undefined;
}

/** The way that the brand has set up for the place goes first, then a reply where one arrives, then the link. */
function waysOf(context: MessageContext, sender: TextSender, rules: AppliedRules, words: Words): readonly OptOutWay[] {
  const { optOutCode, optOutPhone } = sender;
  const link = linkOf(context);
  return [
    ...(optOutPhone === undefined ? [] : [{ by: 'phone' as const, line: words.phone(optOutPhone) }]),
    ...(optOutCode === undefined ? [] : [{ by: 'short_code' as const, line: words.code(optOutCode) }]),
    ...(canReply(sender, rules) ? [{ by: 'reply' as const, line: words.reply }] : []),
    ...(link === undefined ? [] : [{ by: 'link' as const, line: words.link(link) }]),
  ];
}

/** A name takes no replies, nor does any sender where the networks of the number carry none. */
function canReply({ kind, country }: TextSender, rules: AppliedRules): boolean {
  if (kind === 'agent') return true;
  const ofTheNetwork = rowsOfKind(rules, 'sender').filter(({ jurisdiction }) => jurisdiction.split('-')[0] === country);
  return kind !== 'alphanumeric' && ofTheNetwork.every(({ rule }) => rule.twoWay);
}

export interface CompletedText {
  readonly locale: Locale;
  readonly class: MessageClass;
  readonly asksOptOut: boolean;
}

/** Characters of the longest label, and of what a network puts before a text. */
const LONGEST_LABEL = 8;
const LONGEST_PREPENDED = 12;
const LONGEST_PHONE = 20;
const LONGEST_CODE = 6;
const LONGEST_CONTACT = 40;

/** The addition for most readers of the language: in Italy and Korea an advertisement names a contact, and in Korea texts take no reply. */
export function usuallyAdded({ locale, class: messageClass, asksOptOut }: CompletedText): {
  before: string;
  after: string;
} {
  const words = wordsFor(locale, []);
  const sells = messageClass === 'promotional';
  const korean = locale === 'ko';
  const contact = sells && locale !== 'en' ? ` ${words.contact('x'.repeat(16))}` : '';
  const optOut = asksOptOut ? ` ${korean ? words.link('x'.repeat(PERSONAL[0])) : words.reply}` : '';
  return { before: korean ? `[국제발신]${sells ? '(광고) ' : ''}` : '', after: contact + optOut };
}

/** Characters that are added at most, wherever the text goes. Answers get no more than the way to refuse they ask for. */
export function mostAdded({ locale, class: messageClass, asksOptOut }: CompletedText): number {
  const longest = (lines: readonly string[]): number => Math.max(...lines.map(({ length }) => length)) + 1;
  const words = allWords(locale);
  const optOut = longest(
    words.flatMap(({ reply, code, phone, link }) => [
      reply,
      code('x'.repeat(LONGEST_CODE)),
      phone('x'.repeat(LONGEST_PHONE)),
      link('x'.repeat(PERSONAL[1])),
    ]),
  );
  if (messageClass === 'compliance') return LONGEST_PREPENDED + (asksOptOut ? optOut : 0);
  const label = messageClass === 'transactional' ? 0 : LONGEST_LABEL + 1;
  const contact = longest(words.map((each) => each.contact('x'.repeat(LONGEST_CONTACT))));
  return LONGEST_PREPENDED + label + contact + optOut;
}
