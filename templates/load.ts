/** Reads the texts that people edit: `locales/<tag>/messages.yaml`. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locale } from '../domain/sending/message.ts';
import { LOCALES } from '../domain/sending/message.ts';
import type { LocaleTexts } from './schema.ts';
import { compileLocale } from './schema.ts';

/** English is always there: it stands in for a locale without a file of its own. */
export type Templates = { readonly en: LocaleTexts } & Readonly<Partial<Record<Locale, LocaleTexts>>>;

const FILE = 'messages.yaml';
const OWN_FOLDER = fileURLToPath(new URL('../locales/', import.meta.url));

/**
 * Reads and checks `messages.yaml` of every folder of a folder, synchronously, at start. Throws one Error that lists all mistakes of all
 * files, a line each: `locales/it/messages.yaml:12:9 unknown placeholder order.nmae`.
 */
export function loadTemplates(folder: string = OWN_FOLDER): Templates {
  const shownFolder = folder === OWN_FOLDER ? 'locales' : folder;
  const loaded: Partial<Record<Locale, LocaleTexts>> = {};
  const complaints: string[] = [];
  for (const name of readdirSync(folder)
    .filter((entry) => existsSync(join(folder, entry, FILE)))
    .toSorted()) {
    const shown = join(shownFolder, name, FILE);
    const locale = LOCALES.find((known) => name === known);
    if (!locale) {
      complaints.push(`${shown}:1:1 no such locale: ${LOCALES.join(', ')}`);
      continue;
    }
    try {
      loaded[locale] = compileLocale(readFileSync(join(folder, name, FILE), 'utf8'), shown, locale);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      complaints.push(error.message);
    }
  }
  if (!loaded.en && complaints.length === 0) complaints.push(`${join(shownFolder, 'en', FILE)}:1:1 is missing`);
  if (complaints.length > 0 || !loaded.en) throw new Error(complaints.join('\n'));
  return { ...loaded, en: loaded.en };
}
