/** The labelled texts of this folder, and how the service reads them. */
import { readFileSync } from 'node:fs';
import type { Meaning, ScoreQuestion, WordIndex } from '../../domain/conversation/inbound.ts';
import { meaningOf } from '../../domain/conversation/inbound.ts';

const LABELS = ['stop', 'hold', 'question', 'start', 'help', 'courtesy'] as const;
type Label = (typeof LABELS)[number];

export interface LabelledText {
  readonly language: string;
  readonly usOrCanada: boolean;
  readonly label: Label;
  readonly text: string;
  /**
   * The text was written after the word lists were tuned on the others. Only figures about such texts are shown, so
   * that nobody tunes the lists on them.
   */
  readonly apart: boolean;
}

/** `stop`: opted out. `held`: promotions are held until an agent has looked. */
export type Reading = 'stop' | 'held' | 'other';

export interface Share {
  readonly of: number;
  readonly count: number;
}

export interface LanguageFigures {
  /** Opt-outs, and texts that may be opt-outs, which the service reads as something else. */
  readonly missed: Share;
  readonly missedApart: Share;
  /** Opt-outs that an agent has to confirm. */
  readonly heldOptOuts: Share;
  /** Questions, courtesy, START and HELP words for which promotions are held until an agent has looked. */
  readonly heldOthers: Share;
  /**
   * Texts of the same labels that the service reads as opt-outs. Each is read as a text from its country and as a
   * text from the US.
   */
  readonly falseStops: readonly string[];
}

/** An answer to a request for a score. */
export interface LabelledScore {
  readonly question: ScoreQuestion;
  /** Undefined: the text is no score. */
  readonly score: number | undefined;
  readonly text: string;
}

export function readScores(): LabelledScore[] {
  return lines('scores.tsv').map(([end, score, text = '']) => ({
    question: end === '10' ? 'nps_request' : 'rating_request',
    score: score === '-' ? undefined : Number(score),
    text,
  }));
}

/** `unread`: scores that are left to a person. `wrong`: texts from which another score is read. */
export function scoreErrors(
  texts: readonly LabelledScore[],
  keywords: WordIndex,
): Record<'unread' | 'wrong', string[]> {
  const scoreOf = ({ question, text }: LabelledScore): number | undefined => {
    const meaning = meaningOf(text, { open: [question], usOrCanada: true, keywords });
    return meaning.kind === 'rated' || meaning.kind === 'nps_given' ? meaning.score : undefined;
  };
  const other = texts.filter((each) => scoreOf(each) !== each.score);
  return {
    unread: other.filter((each) => scoreOf(each) === undefined).map(({ text }) => text),
    wrong: other.filter((each) => scoreOf(each) !== undefined).map(({ text }) => text),
  };
}

export function readOptOuts(): LabelledText[] {
  return lines('opt-outs.tsv').map(([language = '', country, set, label, text = '']) => ({
    language,
    usOrCanada: country === '+1',
    label: labelOf(label),
    text,
    apart: set === 'apart',
  }));
}

/** The fields of each line; a line that begins with `#` is a comment. */
function lines(file: string): string[][] {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('# ') && line !== '#')
    .map((line) => line.split('\t'));
}

function labelOf(label: string | undefined): Label {
  const known = LABELS.find((name) => name === label);
  if (known === undefined) throw new Error(`no label: ${label}`);
  return known;
}

/**
 * Every text is read as if no question were open. With an open question the reading differs and is measured by the
 * scores.
 */
export function read(text: string, usOrCanada: boolean, keywords: WordIndex): Reading {
  return readingOf(meaningOf(text, { open: [], usOrCanada, keywords }));
}

function readingOf(meaning: Meaning): Reading {
  if (meaning.kind === 'stop') return 'stop';
  const held = meaning.kind === 'unclear_opt_out' || (meaning.kind === 'question' && meaning.holdsPromotions === true);
  return held ? 'held' : 'other';
}

export function figuresOf(texts: readonly LabelledText[], keywords: WordIndex): LanguageFigures {
  const share = (among: readonly LabelledText[], ...readings: Reading[]): Share => ({
    of: among.length,
    count: among.filter((each) => readings.includes(read(each.text, each.usOrCanada, keywords))).length,
  });
  const wishes = texts.filter(({ label }) => label === 'stop' || label === 'hold');
  const others = texts.filter((each) => !wishes.includes(each));
  return {
    missed: share(wishes, 'other'),
    missedApart: share(
      wishes.filter(({ apart }) => apart),
      'other',
    ),
    heldOptOuts: share(
      wishes.filter(({ label }) => label === 'stop'),
      'held',
    ),
    heldOthers: share(others, 'held'),
    falseStops: others
      .filter(({ text, usOrCanada }) => [usOrCanada, true].some((country) => read(text, country, keywords) === 'stop'))
      .map(({ text }) => text),
  };
}

export function shareOf({ count, of }: Share): number {
  return of === 0 ? 0 : count / of;
}
