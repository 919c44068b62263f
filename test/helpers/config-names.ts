import { readFileSync } from 'node:fs';

/** The environment variables that config.ts looks at, from its source: its schema, and what it asks for by name. */
export function configNames(): readonly string[] {
  const source = readFileSync(new URL('../../app/config.ts', import.meta.url), 'utf8');
  const found = [...source.matchAll(/^ {2}([A-Z_]+): |given\['([A-Z_]+)'\]/gm)].map(
    ([, key, asked]) => key ?? asked ?? '',
  );
  return [...new Set(found)].toSorted();
}
