/** What a customer's text means, given what we last asked: a keyword, an answer, or something for a person. */
import type { KeywordIndex } from './keywords.ts';
import { matchKeyword } from './keywords.ts';
import type { MessageKind } from './message.ts';
import { parseRating } from './rating.ts';

export type Question = Extract<MessageKind, 'rating_request' | 'nps_request'>;

export type Meaning =
  | { readonly kind: 'stop' | 'start' | 'help' }
  | { readonly kind: 'rated' | 'nps_given'; readonly score: number }
  | { readonly kind: 'question' };

const SCALES = {
  rating_request: { kind: 'rated', min: 1, max: 5 },
  nps_request: { kind: 'nps_given', min: 0, max: 10 },
} as const;

/** Digits are an answer only while a question is open; a keyword counts at any time. */
export function meaningOf(text: string, open: Question | undefined, keywords: KeywordIndex): Meaning {
  const keyword = matchKeyword(text, keywords);
  if (keyword) return { kind: keyword.kind };
  if (open) {
    const scale = SCALES[open];
    const answer = parseRating(text, scale);
    if (answer) return { kind: scale.kind, score: answer.score };
  }
  return { kind: 'question' };
}
