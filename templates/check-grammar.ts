/** Walks a parsed template: which placeholders it uses, which words stand in it literally, and what it may not do. */
import { CaseTag, IfTag, Output, TokenKind, evalQuotedToken } from 'liquidjs';
import type { QuotedToken, Template, Token, Value } from 'liquidjs';
import type { FilterRule } from './grammar.ts';
import { FILTERS, NEEDS_FILTER } from './grammar.ts';
import { PLACEHOLDERS } from './placeholders.ts';

/** A mistake at a character of the template's own text. */
export interface GrammarFinding {
  readonly offset: number;
  readonly what: string;
}

export interface Use {
  readonly name: string;
  readonly offset: number;
  /** Printed, as opposed to asked about in a condition. */
  readonly printed: boolean;
  /** Outside of every condition. */
  readonly always: boolean;
}

export interface GrammarWords {
  readonly text: string;
  readonly offset: number;
}

export interface Anatomy {
  readonly uses: readonly Use[];
  readonly words: readonly GrammarWords[];
  readonly findings: readonly GrammarFinding[];
}

const PLURAL_CATEGORIES: readonly string[] = ['zero', 'one', 'two', 'few', 'many', 'other'];

/** Never throws: everything wrong is in `findings`. */
export function anatomyOf(template: readonly Template[]): Anatomy {
  const found = { uses: [] as Use[], words: [] as GrammarWords[], findings: [] as GrammarFinding[] };
  walk(template, true, found);
  return found;
}

type Found = { uses: Use[]; words: GrammarWords[]; findings: GrammarFinding[] };

function walk(pieces: readonly Template[], always: boolean, found: Found): void {
  for (const piece of pieces) {
    if (piece instanceof IfTag) {
      for (const { value, templates } of piece.branches) {
        checkCondition(value, piece.token, found);
        walk(templates, false, found);
      }
      walk(piece.elseTemplates ?? [], false, found);
    } else if (piece instanceof CaseTag) {
      checkCase(piece, found);
      for (const { templates } of piece.branches) walk(templates, false, found);
      walk(piece.elseTemplates, false, found);
    } else if (piece instanceof Output) {
      checkOutput(piece, always, found);
    } else {
      found.words.push({ text: piece.token.getText(), offset: piece.token.begin });
    }
  }
}

function checkOutput({ value, token }: Output, always: boolean, found: Found): void {
  const say = (offset: number, what: string): unknown => found.findings.push({ offset, what });
  const [printed, ...rest] = value.initial.postfix;
  if (!printed || rest.length > 0 || printed.kind !== TokenKind.PropertyAccess) {
    say(token.begin, 'print one placeholder: {{ name }} or {{ name | filter }}');
    return;
  }
  const name = known(printed, found);
  if (name === undefined) return;
  found.uses.push({ name, offset: printed.begin, printed: true, always });
  const [filter, second] = value.filters;
  const type = PLACEHOLDERS[name]?.type ?? 'text';
  if (second) say(token.begin, `one filter at most: ${second.name} is the second`);
  if (!filter) {
    const needed = Object.entries<FilterRule>(FILTERS)
      .filter(([, { on }]) => on.includes(type))
      .map(([filterName]) => filterName);
    if (NEEDS_FILTER.includes(type))
      say(printed.begin, `${name} is a ${type} and needs a filter: ${needed.join(' or ')}`);
    return;
  }
  const rule: FilterRule | undefined = Object.entries<FilterRule>(FILTERS).find(
    ([filterName]) => filterName === filter.name,
  )?.[1];
  if (!rule?.on.includes(type)) say(token.begin, `${filter.name} does not work on ${name}, a ${type}`);
  else checkArguments(filter.name, rule, filter.args, token.begin, found);
}

type FilterArgument = Output['value']['filters'][number]['args'][number];

function checkArguments(
  filter: string,
  { takes }: FilterRule,
  args: readonly FilterArgument[],
  offset: number,
  found: Found,
): void {
  const say = (what: string): unknown => found.findings.push({ offset, what });
  const quoted = args.map((arg) => ({
    key: Array.isArray(arg) ? arg[0] : undefined,
    words: wordsOf(Array.isArray(arg) ? arg[1] : arg),
  }));
  for (const { words } of quoted) if (words) found.words.push(words);
  const [first, second] = quoted;
  if (takes === 'nothing') {
    if (first) say(`${filter} takes nothing`);
  } else if (takes === 'named') {
    const fits = quoted.every(({ key, words }) => key !== undefined && PLURAL_CATEGORIES.includes(key) && words);
    if (!fits || !quoted.some(({ key }) => key === 'other'))
      say(`${filter} takes quoted words by plural category: one: "day", other: "days"`);
  } else {
    const word = first?.key === undefined && !second ? first?.words?.text : undefined;
    if (takes === 'text' && word === undefined) say(`${filter} takes one quoted text`);
    if (takes !== 'text' && !takes.includes(word ?? ''))
      say(`${filter} takes one of ${takes.map((style) => `"${style}"`).join(', ')}`);
  }
}

/** Placeholders, quoted words and numbers, joined by operators. */
function checkCondition(condition: Value, tag: Token, found: Found): void {
  if (condition.filters.length > 0) found.findings.push({ offset: tag.begin, what: 'a condition takes no filter' });
  for (const token of condition.initial.postfix) {
    if (token.kind === TokenKind.Range)
      found.findings.push({ offset: token.begin, what: 'a condition takes no range' });
    if (token.kind === TokenKind.PropertyAccess) ask(token, found);
  }
}

function checkCase({ value, branches, token }: CaseTag, found: Found): void {
  checkCondition(value, token, found);
  const name = value.initial.postfix[0]?.getText() ?? '';
  const placeholder = PLACEHOLDERS[name];
  for (const when of branches.flatMap(({ values }) => values)) {
    const words = wordsOf(when);
    if (!words) found.findings.push({ offset: when.begin, what: 'when takes quoted words' });
    else if (placeholder?.type === 'choice' && !placeholder.values.includes(words.text)) {
      found.findings.push({
        offset: when.begin,
        what: `${name} is never "${words.text}", but one of ${placeholder.values.join(', ')}`,
      });
    }
  }
}

function ask(token: Token, found: Found): void {
  const name = known(token, found);
  if (name !== undefined) found.uses.push({ name, offset: token.begin, printed: false, always: false });
}

function known(token: Token, found: Found): string | undefined {
  const name = token.getText();
  if (Object.hasOwn(PLACEHOLDERS, name)) return name;
  found.findings.push({ offset: token.begin, what: `unknown placeholder ${name}` });
  return undefined;
}

function wordsOf(token: Token | undefined): GrammarWords | undefined {
  if (token?.kind !== TokenKind.Quoted) return undefined;
  return { text: evalQuotedToken(token as QuotedToken), offset: token.begin + 1 };
}
