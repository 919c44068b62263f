/** Reads the texts that people edit: one YAML file per locale. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';
import type { LocaleTexts } from './schema.ts';
import { compileLocale } from './schema.ts';

/** English is always there: it stands in for a locale without a file of its own. */
export type Templates = { readonly en: LocaleTexts } & Readonly<Partial<Record<Locale, LocaleTexts>>>;

const OWN_FOLDER = fileURLToPath(new URL('.', import.meta.url));

/**
 * Reads and checks every `*.yaml` of a folder, synchronously, at start. Throws one Error that lists all mistakes of all
 * files, a line each: `templates/it.yaml:12:9 unknown placeholder order.nmae`.
 */
export function loadTemplates(folder: string = OWN_FOLDER): Templates {
  const shownFolder = folder === OWN_FOLDER ? 'templates' : folder;
  const loaded: Partial<Record<Locale, LocaleTexts>> = {};
  const complaints: string[] = [];
  for (const name of readdirSync(folder)
    .filter((entry) => entry.endsWith('.yaml'))
    .toSorted()) {
    const shown = join(shownFolder, name);
    const locale = LOCALES.find((known) => name === `${known}.yaml`);
    if (!locale) {
      complaints.push(`${shown}:1:1 no such locale: ${LOCALES.join(', ')}`);
      continue;
    }
    try {
      loaded[locale] = compileLocale(readFileSync(join(folder, name), 'utf8'), shown, locale);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      complaints.push(error.message);
    }
  }
  if (!loaded.en && complaints.length === 0) complaints.push(`${join(shownFolder, 'en.yaml')}:1:1 is missing`);
  if (complaints.length > 0 || !loaded.en) throw new Error(complaints.join('\n'));
  return { ...loaded, en: loaded.en };
}
