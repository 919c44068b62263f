/** The meaning of a customer's text, given the question that is open: a keyword, an answer, a wish to stop, or something for a person. */
import type { CourtesyIndex } from './courtesy.ts';
import { isCourtesy } from './courtesy.ts';
import type { KeywordIndex } from './keywords.ts';
import { matchAnswer, matchKeyword, politeAnswer, politeKeyword, wishIn } from './keywords.ts';
import type { ConsentQuestion, MessageKind } from '../sending/message.ts';
import { CONSENT_QUESTIONS } from '../sending/message.ts';
import type { ScaleIndex } from './rating.ts';
import { parseRating } from './rating.ts';
import { CASE_KINDS } from '../journey/journey.ts';
import { LIMIT_CASES } from '../sending/gate/case-hold.ts';

/** Kinds of ours that ask for a score. */
export type ScoreQuestion = Extract<MessageKind, 'rating_request' | 'nps_request'>;
/** `erasure_planned`: the person's data is erased within a day, unless they answer NO. */
export type Question = ScoreQuestion | ConsentQuestion | 'erasure_planned';

export type Meaning =
  /** `alsoOrder`: the customer may have meant the order by the word. */
  | { readonly kind: 'stop'; readonly alsoOrder?: true }
  | { readonly kind: 'start' | 'help' }
  | { readonly kind: 'rated' | 'nps_given'; readonly score: number }
  /** Yes, or no, to a request for consent. */
  | { readonly kind: 'confirmed' | 'declined' }
  /** The person takes their request for erasure back. */
  | { readonly kind: 'keeps_data' }
  /** An agent has to say whether it is an opt-out. */
  | { readonly kind: 'unclear_opt_out' }
  /** Thanks, a greeting or a yes, and nothing else: no agent has to read it. */
  | { readonly kind: 'courtesy' }
  /**
   * `holdsPromotions`: the text uses a word of opting out, and the number belongs to a country in which any use of it
   * may count.
   */
  | { readonly kind: 'question'; readonly holdsPromotions?: true };

/** A case opened from the page by a person who is not the shop's customer. */
export type PageCase = 'wrong_person';

/** Cases that a text of a customer opens. */
export type InboundCase = 'question' | 'unclear_opt_out' | 'order_cancellation';

/** Kinds of ours that answer a keyword. `opt_out_or_order`: opted out by a word that may have been about the order. */
export type KeywordReply = Extract<
  MessageKind,
  'opt_out_confirmed' | 'opt_out_or_order' | 'opt_in_confirmed' | 'help' | 'erasure_cancelled'
>;

/** Words by which a text is read. */
export interface WordIndex extends KeywordIndex {
  readonly courtesy: CourtesyIndex;
  readonly scale: ScaleIndex;
}

/** The writer of a text, and the question that is open. */
export interface Listening {
  readonly open: readonly Question[];
  /** A number of the US or Canada: there any reasonable wording opts out (47 CFR 64.1200(a)(10)). */
  readonly usOrCanada: boolean;
  readonly keywords: WordIndex;
}

const SCALES = {
  rating_request: { kind: 'rated', min: 1, max: 5 },
  nps_request: { kind: 'nps_given', min: 0, max: 10 },
} as const;

/**
 * The meaning of a text. A keyword counts at any time, also with words of politeness beside an opt-out. YES, NO and
 * digits are answers only while their question is open. A wish to stop counts before a score beside it: "1, stop
 * texting me" is no rating. A text is courtesy only if it contains nothing else.
 */
export function meaningOf(text: string, { open, usOrCanada, keywords }: Listening): Meaning {
  const keyword = matchKeyword(text, keywords) ?? politeKeyword(text, keywords);
  if (keyword?.kind === 'stop') return { kind: 'stop', ...(keyword.alsoOrder && { alsoOrder: true }) };
  if (keyword) return { kind: keyword.kind };
  // Checked before a question about consents, and with words of politeness ("no please"): an erasure cannot be undone, a refused consent
  // can.
  if (open.includes('erasure_planned') && politeAnswer(text, keywords) === 'no') return { kind: 'keeps_data' };
  const wish = wishIn(text, keywords);
  if (wish === 'refusal' && usOrCanada) return { kind: 'stop' };
  return (
    consentAnswer(text, open, keywords) ??
    (wish === 'refusal' || wish === 'unclear' ? { kind: 'unclear_opt_out' } : undefined) ??
    scoreIn(text, open, keywords) ??
    courtesyIn(text, open, keywords) ??
    (wish === 'harmless' && usOrCanada ? { kind: 'question', holdsPromotions: true } : { kind: 'question' })
  );
}

function consentAnswer(text: string, open: readonly Question[], keywords: KeywordIndex): Meaning | undefined {
  if (!CONSENT_QUESTIONS.some((question) => open.includes(question))) return undefined;
  const answer = matchAnswer(text, keywords);
  return answer && { kind: answer === 'yes' ? 'confirmed' : 'declined' };
}

/** While a consent question is open, a person has to decide whether "ok" is a yes. */
function courtesyIn(text: string, open: readonly Question[], { courtesy }: WordIndex): Meaning | undefined {
  if (CONSENT_QUESTIONS.some((question) => open.includes(question))) return undefined;
  return isCourtesy(text, courtesy) ? { kind: 'courtesy' } : undefined;
}

function scoreIn(text: string, open: readonly Question[], words: WordIndex): Meaning | undefined {
  const question = open.find((kind) => kind === 'rating_request' || kind === 'nps_request');
  if (question === undefined) return undefined;
  const scale = SCALES[question];
  const score = parseRating(text, scale, words.scale);
  return score === undefined ? undefined : { kind: scale.kind, score };
}

const INBOUND_CASES = ['question', 'unclear_opt_out', 'order_cancellation'] as const satisfies readonly InboundCase[];
const PAGE_CASES = ['wrong_person'] as const satisfies readonly PageCase[];

/** Every kind of case: those that a journey opens, a customer's text, a visitor of the page, and a limit. */
export const CASE_KINDS_OF_ALL = [...new Set([...CASE_KINDS, ...INBOUND_CASES, ...PAGE_CASES, ...LIMIT_CASES])];
export type AnyCaseKind = (typeof CASE_KINDS_OF_ALL)[number];
