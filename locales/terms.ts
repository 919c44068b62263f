/** The terms of a language outside of its messages and pages: appended sentences, words the checks look for, words that stand in for a missing value. */
import type { MessageKind } from '../domain/sending/message.ts';
import type { OptOutMethod } from '../domain/rules/rule-pack.ts';

/** `{}` stands for the number, the code or the link. A rule pack may have other words for its place (`rules/packs/KR.yaml`). */
export interface AppendedLines {
  /** The line that says how to refuse. It ends with a full stop unless it ends with a link. */
  readonly optOut: Readonly<Record<OptOutMethod, string>>;
  /** The line that says how to reach the brand. Its full stop is added unless it ends with a link. */
  readonly contact: string;
}

export interface Terms {
  /** Dates are written as in this country (ISO 3166-1 alpha-2) where the reader's own is unknown. */
  readonly home: string;
  /** `gsm`: a letter outside of the GSM alphabet is a mistake, because it takes a text from 160 to 70 characters per SMS. */
  readonly alphabet: 'gsm' | 'unicode';
  /** Currencies that most readers pay in, and an ordinary value of that many letters: segments are counted with them. */
  readonly currencies: readonly string[];
  readonly ordinary: (letters: number) => string;
  /** The place of the currency after the number; the platform's own form when left out. */
  readonly currencyWords?: Readonly<Record<string, string>>;
  /** Stands in for a product without a usable title. */
  readonly noTitle: string;
  readonly lines: AppendedLines;
  /** The addition to a text where most readers live: segments are counted with it. */
  readonly atHome: {
    /** The network puts it before every text. */
    readonly prepended: string;
    /** Before an advertisement. */
    readonly label: string;
    /** An advertisement names a way to reach the brand. */
    readonly contact: boolean;
    readonly optOut: OptOutMethod;
  };
  /** Words that a kind has to say: carriers look for some, and a person who refused has to read that it is over. */
  readonly required: Readonly<Partial<Record<MessageKind, readonly string[]>>>;
  /**
   * One such word turns a message about an order into an advertisement, in most countries by law (mixed content). `*` stands for any
   * ending. `inside`: words are found inside others, because particles follow them.
   */
  readonly selling: { readonly words: string; readonly inside: boolean };
  /** Cities that the platform has no name for in the language, by time zone. */
  readonly cities: Readonly<Record<string, string>>;
}
