/** The words by which texts of customers are read: one file a language, `words/it.yaml`. All languages hold for every customer. */
import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import type { CourtesyLists } from '../domain/conversation/courtesy.ts';
import { indexCourtesy } from '../domain/conversation/courtesy.ts';
import type { WordIndex } from '../domain/conversation/inbound.ts';
import { KEYWORD_KINDS, PATTERN_KINDS, indexKeywords } from '../domain/conversation/keywords.ts';
import type { Sets } from '../domain/conversation/phrases.ts';
import { PhraseMistake, parsePhrase } from '../domain/conversation/phrases.ts';
import { normalise } from '../domain/conversation/plain-text.ts';
import { SCALE_LISTS, indexScale } from '../domain/conversation/rating.ts';
import type { Mistake, YamlFile } from '../kit/yaml-file.ts';
import { FileMistakes, allFiles, parseYaml } from '../kit/yaml-file.ts';

const word = z.string().refine((text) => normalise(text) !== '', 'has no letter or digit');
const words = z.array(word).min(1, 'is empty: leave it out');
const sets = z.record(z.string().regex(/^\p{L}+$/u, 'not a name of letters'), words);

/** Words by which a score is read. */
const scale = z
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
  });

/** The words of one language; `words/README.md` explains each list. Unknown keys are refused: a misspelt list would be a list less. */
export const wordsFile = z
  .strictObject({
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
    courtesy: words.optional(),
    besides: words.optional(),
    scale: scale.optional(),
  })
  .superRefine((lists, context) => {
    const stops = new Set(lists.stop?.map(normalise));
    for (const [index, text] of (lists.alsoOrder ?? []).entries())
      if (!stops.has(normalise(text)))
        context.addIssue({ code: 'custom', path: ['alsoOrder', index], message: `${text} is no word of stop` });
    for (const kind of PATTERN_KINDS)
      for (const [index, text] of (lists[kind] ?? []).entries()) {
        const message = mistakeIn(text, lists.sets);
        if (message !== undefined) context.addIssue({ code: 'custom', path: [kind, index], message });
      }
  });
type WordsFile = z.infer<typeof wordsFile>;

interface Language extends YamlFile<WordsFile> {
  /** As mistakes call it: `rules/words/it.yaml`. */
  readonly name: string;
  readonly code: string;
}

/** Every `words/*.yaml` of a folder. Throws a line for each mistake, file, line and column, over all files; or the file system's own error. */
export function loadWords(folder: URL): WordIndex {
  const names = readdirSync(new URL('words/', folder)).filter((name) => name.endsWith('.yaml'));
  return indexWords(names.toSorted().map((name) => [name, readFileSync(new URL(`words/${name}`, folder), 'utf8')]));
}

/** As `loadWords`, of file names and texts. */
export function indexWords(texts: readonly (readonly [file: string, text: string])[]): WordIndex {
  const languages = allFiles(texts, ([file, text]): Language => {
    const name = `rules/words/${file}`;
    return { ...parseYaml(text, name, wordsFile), name, code: file.slice(0, -'.yaml'.length) };
  });
  const all = languages.map(({ value }) => value);
  const answers = new Set(all.flatMap(({ yes = [], no = [] }) => [...yes, ...no].map(normalise)));
  const asking = new Set(
    all.flatMap(({ no = [], ...lists }) =>
      [...no, ...KEYWORD_KINDS.flatMap((kind) => lists[kind] ?? [])].map(normalise),
    ),
  );
  allFiles(languages, (language) => checkAmongOthers(language, answers, asking));
  const of = <L>(listOf: (value: WordsFile) => L | undefined): Record<string, L> =>
    Object.fromEntries(
      languages.flatMap(({ code, value }) => {
        const list = listOf(value);
        return list === undefined ? [] : [[code, list] as const];
      }),
    );
  const courtesy: CourtesyLists = { courtesy: of((value) => value.courtesy), besides: of((value) => value.besides) };
  const polite = [courtesy.courtesy, courtesy.besides].flatMap((lists) => Object.values(lists).flat());
  return {
    ...indexKeywords(of((value) => value)),
    courtesy: indexCourtesy(courtesy),
    scale: indexScale(
      of((value) => value.scale),
      polite,
    ),
  };
}

/** All languages hold for everybody, so a word that answers in one of them cannot be a keyword in another. */
function checkAmongOthers(
  { value, name, code, mistakeAt }: Language,
  answers: ReadonlySet<string>,
  asking: ReadonlySet<string>,
): void {
  const mistakes: Mistake[] = [];
  if (!/^[a-z]{2}$/.test(code)) mistakes.push(mistakeAt([], 'the file is not called by a language code'));
  const refuse = (
    list: (typeof KEYWORD_KINDS)[number] | 'courtesy' | 'besides',
    among: ReadonlySet<string>,
    why: string,
  ): void => {
    for (const [index, text] of (value[list] ?? []).entries())
      if (among.has(normalise(text))) mistakes.push(mistakeAt([list, index], `${text} ${why}`));
  };
  for (const kind of KEYWORD_KINDS) refuse(kind, answers, 'answers a question, so it is no keyword');
  for (const list of ['courtesy', 'besides'] as const)
    refuse(list, asking, 'is a keyword or a no, so it is no courtesy');
  if (mistakes.length > 0) throw new FileMistakes(name, mistakes);
}

function mistakeIn(phrase: string, names: Sets | undefined): string | undefined {
  try {
    parsePhrase(phrase, names);
  } catch (error) {
    if (error instanceof PhraseMistake) return error.message;
    throw error;
  }
  return undefined;
}
