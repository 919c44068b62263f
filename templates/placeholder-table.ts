/** The catalogue and the cost of the texts as people read them. */
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';
import type { Templates } from './load.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import { TONES } from './schema.ts';
import type { Placeholder } from './value-types.ts';
import { TYPES } from './value-types.ts';

/** Markdown: the types, then one row per placeholder. docs/templates.md holds it word for word. */
export function placeholderTable(): string {
  const types = Object.entries(TYPES).map(([type, meaning]) => `| ${type} | ${meaning} |`);
  const rows = Object.entries(PLACEHOLDERS).map(([name, placeholder]) => {
    const { type, about, sells } = placeholder;
    const what = sells ? `${about} (promotional texts only)` : about;
    const cells = [
      `\`${name}\``,
      type + valuesOf(placeholder),
      lengthOf(placeholder),
      fallbackWords(placeholder),
      what,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| type | what it is |',
    '|---|---|',
    ...types,
    '',
    '| placeholder | type | length: usual, longest | when missing | what it is |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** A line per locale: texts, SMS with usual values on average, SMS with any values at most. */
export function costReport(templates: Templates): string {
  return LOCALES.flatMap((locale) => costLine(templates, locale)).join('\n');
}

function costLine(templates: Templates, locale: Locale): string[] {
  const loaded = templates[locale];
  if (!loaded) return [];
  const texts = Object.values(loaded.texts).flatMap((byTone) => TONES.map((tone) => byTone[tone]));
  const different = [...new Set(texts)];
  const mean = different.reduce((sum, { segments }) => sum + segments, 0) / different.length;
  const worst = Math.max(...different.map((text) => text.worst));
  return [`${locale}: ${different.length} texts, ${mean.toFixed(2)} SMS with usual values, at most ${worst}`];
}

function valuesOf(placeholder: Placeholder): string {
  return placeholder.type === 'choice' ? `: ${placeholder.values.join(', ')}` : '';
}

function lengthOf(placeholder: Placeholder): string {
  return 'length' in placeholder ? placeholder.length.join(', ') : '';
}

function fallbackWords({ fallback }: Placeholder): string {
  if (fallback === 'required') return 'no message';
  return fallback === 'empty' ? 'nothing' : LOCALES.map((locale) => `${locale} "${fallback[locale]}"`).join(', ');
}
