/** `node dev/run.mjs cli/templates.ts check|placeholders [FOLDER]`: checks the texts, or prints what they can be filled with. */
import { loadTemplates } from '../templates/load.ts';
import { costReport, placeholderTable } from '../templates/placeholder-table.ts';

const [verb, folder] = process.argv.slice(2);
try {
  if (verb === 'check') console.log(costReport(loadTemplates(folder)));
  else if (verb === 'placeholders') console.log(placeholderTable());
  else {
    console.error('usage: node dev/run.mjs cli/templates.ts check|placeholders [FOLDER]');
    process.exitCode = 2;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
