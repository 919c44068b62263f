import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JourneyDefinition } from '../domain/journey/journey.ts';
import { parseJourney } from './schema.ts';

/** The journey every order follows. Throws FileMistakes. */
export function loadStandardJourney(): JourneyDefinition {
  return loadJourney(fileURLToPath(new URL('standard.yaml', import.meta.url)), 'journeys/standard.yaml');
}

/** Reads a journey file; `shown` is the name used in messages. Throws FileMistakes, or the file system's own error. */
export function loadJourney(path: string, shown: string = path): JourneyDefinition {
  return parseJourney(readFileSync(path, 'utf8'), shown);
}
