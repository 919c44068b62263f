/** `npm run brand -- apply FILE | key BRAND`: stores a brand's file, or makes an API key for a brand and shows it once. */
import { loadBrand } from '../brands/load.ts';
import { environment, readConfig } from '../config.ts';
import { createApiKey, findBrand, saveBrand } from '../db/brands.ts';
import type { Db } from '../db/connect.ts';
import { connect } from '../db/connect.ts';
import { migrateLatest } from '../db/migrate.ts';

/** Who is recorded. */
const ACTOR = 'command line';

const USAGE = 'usage: npm run brand -- apply FILE | key BRAND';

/** The answer to show, or a reason to fail with. */
async function run(db: Db, verb: string, argument: string): Promise<string> {
  const now = Date.now();
  if (verb === 'apply') {
    const brand = loadBrand(argument);
    await saveBrand(db, brand, now, ACTOR);
    return `${brand.id}: ${brand.products.length} products, sender ${brand.sender}`;
  }
  if (!(await findBrand(db, argument))) throw new Error(`there is no brand ${argument}: apply its file first`);
  return createApiKey(db, argument, 'made by hand', now, ACTOR);
}

const [verb = '', argument] = process.argv.slice(2);
if (!['apply', 'key'].includes(verb) || argument === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    const { databaseUrl = '' } = readConfig(environment(), { database: true, vonage: false });
    await migrateLatest(databaseUrl);
    const db = connect(databaseUrl, { poolMax: 1 });
    console.log(await run(db, verb, argument).finally(() => db.destroy()));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
