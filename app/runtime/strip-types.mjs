/**
 * Strips the types from all files that a service may load, so that no process has to do it while it runs. For the
 * image and for measurements.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutTypes } from './stripped-types.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Not `node_modules`, `test` and `bench`. */
const FILES =
  '{main,{activities,api,app,brands,channels,cli,codec,commands,db,demo,domain,engine,ingest,journeys,kit,locales,migrations,pages,queries,rules,telemetry,templates,vonage,workflows}/**/*}.ts';

for (const file of globSync(FILES, { cwd: ROOT })) withoutTypes(readFileSync(join(ROOT, file), 'utf8'));
