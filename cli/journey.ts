/** `npm run journey -- check|print|diagram [FILE]`: reads a journey file, by default the standard one. */
import { fileURLToPath } from 'node:url';
import { loadJourney } from '../journeys/load.ts';
import { journeyDiagram, journeyTable } from '../journeys/show.ts';
import type { JourneyDefinition } from '../domain/journey/journey.ts';

const USAGE = 'usage: npm run journey -- check|print|diagram [FILE]';

const VERBS: Readonly<Record<string, (journey: JourneyDefinition) => string>> = {
  check: ({ name, version, steps }) => `${name}, version ${version}: ${steps.length} steps, no mistakes`,
  print: journeyTable,
  diagram: journeyDiagram,
};

const [verb = '', file] = process.argv.slice(2);
const show = VERBS[verb];
if (!show) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    const standard = fileURLToPath(new URL('../journeys/standard.yaml', import.meta.url));
    console.log(show(file === undefined ? loadJourney(standard, 'journeys/standard.yaml') : loadJourney(file)));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
