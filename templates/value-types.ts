/** The types a placeholder can have, and how one is written down in the catalogue. */
import type { InLanguages, Locale } from '../domain/sending/message.ts';
import type { MessageContext, Money } from '../domain/text/message-context.ts';

/**
 * `required`: no message without it. `empty`: prints nothing, and `{% if %}` tells. Else the words that stand in for
 * it.
 */
export type Fallback = 'required' | 'empty' | Readonly<Record<Locale, string>>;

/** Characters of a long but ordinary value, and the length at which a value is cut (a link: left out). */
export type Length = readonly [usual: number, longest: number];

type From<T> = (context: MessageContext) => T | undefined;

interface Described {
  readonly about: string;
  readonly fallback: Fallback;
  /** It belongs to a sale: only promotional texts may print it. */
  readonly sells?: true;
}

export type Placeholder = Described &
  (
    | {
        readonly type: 'text' | 'reported' | 'reference' | 'name';
        readonly length: Length;
        readonly from: From<string>;
      }
    | { readonly type: 'url' | 'reported_url'; readonly length: Length; readonly from: From<string> }
    | { readonly type: 'wording'; readonly length: Length; readonly from: From<InLanguages> }
    | { readonly type: 'choice'; readonly values: readonly string[]; readonly from: From<string> }
    | { readonly type: 'count' | 'number' | 'date'; readonly from: From<number> }
    | { readonly type: 'money'; readonly from: From<Money> }
    | { readonly type: 'opt_out' }
  );
export type PlaceholderType = Placeholder['type'];

/** Describes each type for the people who write templates. */
export const TYPES: Readonly<Record<PlaceholderType, string>> = {
  text: "from the brand's file; cut at a word or character",
  wording:
    "from the brand's file, by language; a text that prints one is not sent where it is there in other languages only",
  reported: 'from the order system or the carrier; loses links and long numbers, cut at a word or character',
  reference:
    'number of an order or a parcel; as `reported`, but a single word keeps its digits unless it asks to call them',
  name: "of a person, who chose it: letters of one script, spaces, `'`, `-` and one dot after a single letter; with anything else it counts as missing",
  url: "https link of the brand's file; printed whole, or missing",
  reported_url:
    "https link from the order system or the carrier, to a host of the brand's, of `linkHosts` or of a carrier; else missing",
  choice: 'one word of a list, for `{% case %}`',
  count: '0 to 9,999; alone or with `plural`',
  number: '0 to 9,999,999; with `number`',
  money: 'amount and currency; with `money`',
  date: "a moment, in the customer's zone; with `date` or `time`",
  opt_out: 'the last thing in a text: prints nothing itself, the way to refuse is put there by the rules of the place',
};

export const MAX_COUNT = 9_999;
export const MAX_NUMBER = 9_999_999;

/** From the brand's file. */
export function textValue(length: Length, fallback: Fallback, about: string, from: From<string>): Placeholder {
  return { type: 'text', length, fallback, about, from };
}

/** From the brand's file, by language. */
export function wording(length: Length, fallback: Fallback, about: string, from: From<InLanguages>): Placeholder {
  return { type: 'wording', length, fallback, about, from };
}

/** From the order system or the carrier: strangers can influence it. */
export function reportedValue(length: Length, fallback: Fallback, about: string, from: From<string>): Placeholder {
  return { type: 'reported', length, fallback, about, from };
}

/** The number of an order or a parcel. */
export function reference(length: Length, fallback: Fallback, about: string, from: From<string>): Placeholder {
  return { type: 'reference', length, fallback, about, from };
}

/** Chosen by a person. */
export function name(length: Length, about: string, from: From<string>): Placeholder {
  return { type: 'name', length, fallback: 'empty', about, from };
}

export function urlValue(length: Length, fallback: Fallback, about: string, from: From<string>): Placeholder {
  return { type: 'url', length, fallback, about, from };
}

export function reportedUrl(length: Length, fallback: Fallback, about: string, from: From<string>): Placeholder {
  return { type: 'reported_url', length, fallback, about, from };
}

export function choice(values: readonly string[], about: string, from: From<string>): Placeholder {
  return { type: 'choice', values, fallback: 'required', about, from };
}

export function count(about: string, from: From<number>): Placeholder {
  return { type: 'count', fallback: 'empty', about, from };
}

export function number(about: string, from: From<number>): Placeholder {
  return { type: 'number', fallback: 'empty', about, from };
}

/** Epoch ms. */
export function date(about: string, from: From<number>): Placeholder {
  return { type: 'date', fallback: 'empty', about, from };
}

export function moneyValue(about: string, from: From<Money>): Placeholder {
  return { type: 'money', fallback: 'empty', about, from };
}

/** Marks a placeholder that only promotional texts may print. */
export function selling(placeholder: Placeholder): Placeholder {
  return { ...placeholder, sells: true };
}
