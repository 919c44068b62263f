/** The labelled texts of this folder, and how the service reads them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Meaning, WordIndex } from '../../domain/inbound.ts';
import { meaningOf } from '../../domain/inbound.ts';

const LABELS = ['stop', 'hold', 'question', 'start', 'help', 'courtesy'] as const;
type Label = (typeof LABELS)[number];

export interface LabelledText {
  readonly language: string;
  readonly usOrCanada: boolean;
  readonly label: Label;
  readonly text: string;
  /** The word lists were tuned on the other half, and this one was looked at as figures only. */
  readonly heldBack: boolean;
}

/** `stop`: opted out. `held`: promotions are held until an agent has looked. */
export type Reading = 'stop' | 'held' | 'other';

export interface Share {
  readonly of: number;
  readonly count: number;
}

export interface LanguageFigures {
  /** Opt-outs, and texts that may be some, which are read as anything else. */
  readonly missed: Share;
  readonly missedTuned: Share;
  readonly missedHeldBack: Share;
  /** Opt-outs that an agent has to confirm. */
  readonly heldOptOuts: Share;
  /** Questions, courtesy and words of START and HELP that hold promotions until an agent has looked. */
  readonly heldOthers: Share;
  /** Texts of the same that opt out, each read as from the country it is from and as from the US. */
  readonly falseStops: readonly string[];
}

export function readOptOuts(): LabelledText[] {
  return lines('opt-outs.tsv').map(([language = '', country, label, text = '']) => ({
    language,
    usOrCanada: country === '+1',
    label: labelOf(label),
    text,
    heldBack: heldBack(text),
  }));
}

/** The fields of each line; a line that begins with `#` is a comment. */
export function lines(file: string): string[][] {
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

/** By a hash, so that a line which is added moves no other to the other half. */
export function heldBack(text: string): boolean {
  return (createHash('sha256').update(text).digest()[0] ?? 0) % 2 === 1;
}

/** While nothing is asked: an answer to an open question is another matter. */
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
    missedTuned: share(
      wishes.filter((each) => !each.heldBack),
      'other',
    ),
    missedHeldBack: share(
      wishes.filter((each) => each.heldBack),
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
