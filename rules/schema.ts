/** The shape of the rule files. Unknown keys are refused, so that a misspelt rule is a mistake and not a rule less. */
import { z } from 'zod';
import { KEYWORD_KINDS, PATTERN_KINDS } from '../domain/conversation/keywords.ts';
import { isValidZone } from '../domain/time/local-time.ts';
import type { Sets } from '../domain/conversation/phrases.ts';
import { PhraseMistake, parsePhrase } from '../domain/conversation/phrases.ts';
import { normalise } from '../domain/conversation/plain-text.ts';
import { SCALE_LISTS } from '../domain/conversation/rating.ts';

const COUNTRY = /^[A-Z]{2}$/;
const zone = z.string().refine(isValidZone, 'not a time zone');

const region = z.strictObject({ in: z.array(z.string().min(1)).min(1), zones: z.array(zone) });

const country = z
  .strictObject({ zones: z.array(zone).min(1), regions: z.array(region).default([]) })
  .superRefine(({ regions }, context) => {
    const seen = new Set<string>();
    for (const [index, { in: codes }] of regions.entries()) {
      for (const [at, code] of codes.entries()) {
        const path = ['regions', index, 'in', at];
        if (seen.has(code)) context.addIssue({ code: 'custom', path, message: `${code} stands twice` });
        seen.add(code);
      }
    }
  });

export const zonesFile = z.record(z.string().regex(COUNTRY, 'not a country code'), country);
export type ZonesFile = z.infer<typeof zonesFile>;

const word = z.string().refine((text) => normalise(text) !== '', 'has no letter or digit');
const words = z.array(word).min(1, 'is empty: leave it out');
const sets = z.record(z.string().regex(/^\p{L}+$/u, 'not a name of letters'), words);
const language = z.strictObject({
  stop: words.optional(),
  alsoOrder: words.optional(),
  anywhere: words.optional(),
  start: words.optional(),
  help: words.optional(),
  yes: words.optional(),
  no: words.optional(),
  sets: sets.optional(),
  polite: words.optional(),
  phrases: words.optional(),
  harmless: words.optional(),
  unclear: words.optional(),
  aboutOrder: words.optional(),
});

const languageCode = z.string().regex(/^[a-z]{2}$/, 'not a language code');
const wordsByLanguage = z.record(languageCode, z.array(word).min(1, 'is empty: leave it out')).default({});

/** Of all languages, because all hold for everybody. */
export const keywordsFile = z
  .strictObject({
    languages: z.record(languageCode, language),
    courtesy: wordsByLanguage,
    besides: wordsByLanguage,
  })
  .superRefine(({ languages, courtesy, besides }, context) => {
    const answers = new Set(
      Object.values(languages).flatMap(({ yes = [], no = [] }) => [...yes, ...no].map(normalise)),
    );
    for (const [name, lists] of Object.entries(languages)) {
      const stops = new Set(lists.stop?.map(normalise));
      const complain = (list: string, index: number, message: string): void => {
        context.addIssue({ code: 'custom', path: ['languages', name, list, index], message });
      };
      for (const kind of KEYWORD_KINDS)
        for (const [index, text] of (lists[kind] ?? []).entries())
          if (answers.has(normalise(text))) complain(kind, index, `${text} answers a question, so it is no keyword`);
      for (const [index, text] of (lists.alsoOrder ?? []).entries())
        if (!stops.has(normalise(text))) complain('alsoOrder', index, `${text} is no word of stop`);
      for (const kind of PATTERN_KINDS)
        for (const [index, text] of (lists[kind] ?? []).entries()) {
          const mistake = mistakeIn(text, lists.sets);
          if (mistake !== undefined) complain(kind, index, mistake);
        }
    }
    const asking = new Set(
      Object.values(languages).flatMap(({ no = [], ...lists }) =>
        [...no, ...KEYWORD_KINDS.flatMap((kind) => lists[kind] ?? [])].map(normalise),
      ),
    );
    for (const [list, byLanguage] of Object.entries({ courtesy, besides }))
      for (const [name, words] of Object.entries(byLanguage))
        for (const [index, text] of words.entries())
          if (asking.has(normalise(text))) {
            const message = `${text} is a keyword or a no, so it is no courtesy`;
            context.addIssue({ code: 'custom', path: [list, name, index], message });
          }
  });

/** Words by which a score is read, by language. */
export const scaleFile = z.record(
  z.string().regex(/^[a-z]{2}$/, 'not a language code'),
  z
    .strictObject({
      sets: sets.optional(),
      numbers: z.array(word).length(11, 'not the numbers from 0 to 10'),
      units: words.optional(),
      of: words.optional(),
      full: words.optional(),
      best: words.optional(),
      before: words.optional(),
      after: words.optional(),
      praise: words.optional(),
      are: words.optional(),
      counts: words.optional(),
      doubts: words.optional(),
    })
    .superRefine((lists, context) => {
      for (const list of SCALE_LISTS)
        for (const [index, text] of (lists[list] ?? []).entries()) {
          const message = mistakeIn(text, lists.sets);
          if (message !== undefined) context.addIssue({ code: 'custom', path: [list, index], message });
        }
    }),
);

function mistakeIn(phrase: string, sets: Sets | undefined): string | undefined {
  try {
    parsePhrase(phrase, sets);
  } catch (error) {
    if (error instanceof PhraseMistake) return error.message;
    throw error;
  }
  return undefined;
}
