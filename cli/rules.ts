/**
 * `npm run rules -- check|table [FOLDER] [--at 2027-03-14T10:00:00Z]` checks the rules, or prints who may be written to when;
 * `npm run rules -- holidays` writes the calendars.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_PACK } from '../domain/rules/rule-pack.ts';
import { loadRules } from '../rules/load.ts';
import { checkReport, windowsTable } from '../rules/show.ts';
import { holidaysText } from './holidays.ts';

const USAGE = 'usage: npm run rules -- check|table [FOLDER] [--at 2027-03-14T10:00:00Z], or holidays';

const VERBS: Readonly<Record<string, (at: number, folder?: URL) => string>> = {
  check: (at, folder) => checkReport(loadRules(folder).packs, at),
  table: (at, folder) => {
    const rules = loadRules(folder);
    const about = `At ${new Date(at).toISOString()}, without the guard band and without consents for the night.`;
    return [about, rules.packs.packs[DEFAULT_PACK]?.disclaimer, windowsTable(rules, at)].join('\n');
  },
  holidays: () => {
    writeFileSync(new URL('../rules/holidays.json', import.meta.url), holidaysText());
    return 'rules/holidays.json: written';
  },
};

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { at: { type: 'string' } } });
  const [verb = '', folder] = positionals;
  const show = VERBS[verb];
  const at = values.at === undefined ? Date.now() : Date.parse(values.at);
  if (!show || positionals.length > 2) usage(USAGE);
  else if (Number.isNaN(at)) usage(`${values.at} is no moment. ${USAGE}`);
  else console.log(show(at, folder === undefined ? undefined : pathToFileURL(`${folder}/`)));
} catch (error) {
  if (error instanceof TypeError && 'code' in error) usage(`${error.message}\n${USAGE}`);
  else {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

function usage(text: string): void {
  console.error(text);
  process.exitCode = 2;
}
