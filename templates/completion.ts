/** Completes a text by the rules of its recipient's places, in the words of its language or of a place's rule pack. */
import type { AppliedRules } from '../domain/rules/applied-rules.ts';
import { rowsOfKind } from '../domain/rules/applied-rules.ts';
import type { Locale, MessageClass } from '../domain/sending/message.ts';
import type { MessageContext, TextSender } from '../domain/text/message-context.ts';
import { toKsX1001 } from '../domain/text/korean-charset.ts';
import type { OptOutMethod, TextRule } from '../domain/rules/rule-pack.ts';
import { LONGEST_APPENDED, LONGEST_LABEL, LONGEST_PREPENDED } from '../domain/rules/rule-pack.ts';
import type { ComposedText, OptOutWay, TextParts } from '../domain/text/text-rules.ts';
import { composeText, withFullStop, lineOf } from '../domain/text/text-rules.ts';
import { TERMS } from '../locales/load.ts';
import type { AppendedLines } from '../locales/terms.ts';
import { usableUrl } from './clean/calls.ts';
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
  const { lines } = TERMS[locale];
  const parts = { ...partsOf(context, lines), ways: waysOf(context, sender, rules, lines) };
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

function partsOf(context: MessageContext, lines: AppendedLines): Omit<TextParts, 'ways' | 'asksOptOut'> {
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
    ...(contact !== undefined && { contactLine: withFullStop(lineOf(lines.contact, contact)) }),
    ...(bareLink !== undefined && { bareLink }),
  };
}

function linkOf({ brand }: MessageContext): string | undefined {
  return usableUrl(brand.preferencesUrl, PERSONAL[1]) ?? undefined;
}

/** The way that the brand has set up for the place goes first, then a reply where one arrives, then the link. */
function waysOf(
  context: MessageContext,
  sender: TextSender,
  rules: AppliedRules,
  lines: AppendedLines,
): readonly OptOutWay[] {
  const { optOutCode, optOutPhone } = sender;
  const link = linkOf(context);
  const way = (by: OptOutMethod, value: string | undefined): readonly OptOutWay[] =>
    value === undefined ? [] : [{ by, value, line: lineOf(lines.optOut[by], value) }];
  return [
    ...way('phone', optOutPhone),
    ...way('short_code', optOutCode),
    ...way('reply', canReply(sender, rules) ? '' : undefined),
    ...way('link', link),
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

const LONGEST_PHONE = 20;
const LONGEST_CODE = 6;
const LONGEST_CONTACT = 40;

/** The addition for most readers of the language, by its `atHome`. */
export function usuallyAdded({ locale, class: messageClass, asksOptOut }: CompletedText): {
  before: string;
  after: string;
} {
  const { lines, atHome } = TERMS[locale];
  const sells = messageClass === 'promotional';
  const contact = sells && atHome.contact ? ` ${withFullStop(lineOf(lines.contact, '0'.repeat(16)))}` : '';
  const optOut = asksOptOut ? ` ${lineOf(lines.optOut[atHome.optOut], 'x'.repeat(PERSONAL[0]))}` : '';
  return { before: `${atHome.prepended}${sells ? atHome.label : ''}`, after: contact + optOut };
}

/** A space and the full stop of the text before it. */
const JOINT = 2;

/** Characters that are added at most, wherever the text goes. Answers get no more than the way to refuse they ask for. */
export function mostAdded({ locale, class: messageClass, asksOptOut }: CompletedText): number {
  const { optOut, contact } = TERMS[locale].lines;
  const longest = (words: string, value: number): number =>
    Math.max(words.replace('{}', '').length, LONGEST_APPENDED) + value + JOINT;
  const ofOptOut = Math.max(
    longest(optOut.reply, 0),
    longest(optOut.short_code, LONGEST_CODE),
    longest(optOut.phone, LONGEST_PHONE),
    longest(optOut.link, PERSONAL[1]),
  );
  if (messageClass === 'compliance') return LONGEST_PREPENDED + (asksOptOut ? ofOptOut : 0);
  const label = messageClass === 'transactional' ? 0 : LONGEST_LABEL + 1;
  return LONGEST_PREPENDED + label + longest(contact, LONGEST_CONTACT) + ofOptOut;
}
