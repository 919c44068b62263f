/**
 * The schema of a file of texts, and its compiler: `compileLocale` turns the YAML into texts, or says where it
 * is wrong.
 */
import type { Liquid, Template } from 'liquidjs';
import { z } from 'zod';
import type { Locale, MessageKind, Tone } from '../domain/sending/message.ts';
import { MESSAGE_KINDS, isMessageKind, kindRule } from '../domain/sending/message.ts';
import type { Mistake, YamlFile } from '../kit/yaml-file.ts';
import { FileMistakes, parseYaml } from '../kit/yaml-file.ts';
import type { GrammarFinding } from './check-grammar.ts';
import { anatomyOf } from './check-grammar.ts';
import { checkText } from './check-text.ts';
import { MAX_TEXT, createGrammar } from './grammar.ts';
import { textPositions } from './text-position.ts';
import { longestText, usualSegments, worstSegments } from './worst-case.ts';

export interface CompiledText {
  readonly template: Template[];
  /** Names of the placeholders it prints or asks about. */
  readonly uses: readonly string[];
  /** SMS segments with long but ordinary values, and with any values. */
  readonly segments: number;
  readonly worst: number;
}

/** All texts of one locale, with the grammar that has its formats. */
export interface LocaleTexts {
  readonly grammar: Liquid;
  readonly texts: Readonly<Record<MessageKind, Readonly<Record<Tone, CompiledText>>>>;
}

export const TONES: readonly Tone[] = ['new', 'loyal'];

const KINDS = Object.keys(MESSAGE_KINDS).filter(isMessageKind);

const written = z.strictObject({ text: z.string().min(1), segments: z.int().min(1), worst: z.int().min(1) });
type Written = z.infer<typeof written>;

/** Either one text, or one for each tone. */
const entry = z.strictObject({ ...written.partial().shape, new: written.optional(), loyal: written.optional() });

const file = z.record(z.enum(KINDS), entry);

/** Throws FileMistakes with every mistake of the file. `shown` is its name for people. */
export function compileLocale(source: string, shown: string, locale: Locale): LocaleTexts {
  const yaml = parseYaml(source, shown, file);
  const grammar = createGrammar(locale);
  const positionOf = textPositions(source);
  const mistakes: Mistake[] = [];

  const compile = (
    kind: MessageKind,
    path: readonly string[],
    { text, segments, worst }: Written,
  ): CompiledText | undefined => {
    const { template, uses, findings } = parse(grammar, text, kind, locale);
    const place = [...path, 'text'];
    mistakes.push(
      ...findings.map(({ offset, what }) => ({ ...positionOf(place, offset), what: `${place.join('.')}: ${what}` })),
    );
    if (!template) return undefined;
    const asksOptOut = uses.includes('opt_out');
    const completed = { grammar, template, locale, class: kindRule(kind).class, asksOptOut };
    const usual = usualSegments(completed);
    const most = worstSegments(completed);
    if (usual !== segments) mistakes.push(yaml.mistakeAt([...path, 'segments'], `takes ${usual}, not ${segments}`));
    if (most !== worst) mistakes.push(yaml.mistakeAt([...path, 'worst'], `takes up to ${most}, not ${worst}`));
    return { template, uses, segments, worst };
  };

  const texts: Partial<Record<MessageKind, Readonly<Record<Tone, CompiledText>>>> = {};
  for (const kind of KINDS) {
    const variants = variantsOf(yaml, kind);
    if (!variants) {
      mistakes.push(yaml.mistakeAt([kind], 'has text, segments and worst, or new and loyal which each have them'));
      continue;
    }
    const first = compile(kind, variants.new.path, variants.new);
    const loyal = variants.loyal === variants.new ? first : compile(kind, variants.loyal.path, variants.loyal);
    if (first && loyal) texts[kind] = { new: first, loyal };
  }
  if (mistakes.length > 0) throw new FileMistakes(shown, mistakes);
  return { grammar, texts: texts as LocaleTexts['texts'] };
}

type Placed = Written & { readonly path: readonly string[] };

/** The texts of a kind by tone, with their places; undefined when it is neither one text nor two. */
function variantsOf({ value }: YamlFile<z.infer<typeof file>>, kind: MessageKind): Record<Tone, Placed> | undefined {
  const { new: first, loyal, ...one } = value[kind];
  if (first && loyal && Object.keys(one).length === 0) {
    return { new: { ...first, path: [kind, 'new'] }, loyal: { ...loyal, path: [kind, 'loyal'] } };
  }
  const whole = written.safeParse(one);
  if (first || loyal || !whole.success) return undefined;
  const both = { ...whole.data, path: [kind] };
  return { new: both, loyal: both };
}

interface Parsed {
  /** Absent when something is wrong with the grammar, so that nothing more can be said about the text. */
  readonly template?: Template[];
  readonly uses: readonly string[];
  readonly findings: readonly GrammarFinding[];
}

function parse(grammar: Liquid, text: string, kind: MessageKind, locale: Locale): Parsed {
  let template: Template[];
  try {
    template = grammar.parse(text);
  } catch (error) {
    return { uses: [], findings: [liquidFinding(error)] };
  }
  const anatomy = anatomyOf(template);
  if (anatomy.findings.length > 0) return { uses: [], findings: anatomy.findings };
  const findings = checkText(text, anatomy, kind, locale);
  const { length } = longestText(grammar, template, locale, 'longest');
  if (length > MAX_TEXT) findings.push({ offset: 0, what: `can be ${length} characters long; ${MAX_TEXT} at most` });
  return { template, uses: [...new Set(anatomy.uses.map(({ name }) => name))], findings };
}

/** LiquidJS's own complaint, without the position it adds: that one is inside the text, not in the file. */
function liquidFinding(error: unknown): GrammarFinding {
  if (!(error instanceof Error)) throw error;
  const { token } = error as Error & { token?: { begin: number } };
  return { offset: token?.begin ?? 0, what: error.message.replace(/, line:\d+, col:\d+$/, '') };
}
