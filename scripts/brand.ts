/** `npm run brand -- apply FILE | key BRAND | revoke BRAND LABEL`: stores a brand's file, makes an API key and shows it once, or ends one. */
import { loadBrand } from '../brands/load.ts';
import { environment, readConfig } from '../config.ts';
import { createApiKey, findBrand, revokeApiKeys, saveBrand } from '../db/brands.ts';
import type { Db } from '../db/connect.ts';
import { connect } from '../db/connect.ts';
import { migrateLatest } from '../db/migrate.ts';

/** Who is recorded. */
const ACTOR = 'command line';
const MADE_BY_HAND = 'made by hand';

const USAGE = 'usage: npm run brand -- apply FILE | key BRAND [LABEL] | revoke BRAND LABEL';

/** The answer to show, or a reason to fail with. */
async function run(db: Db, verb: string, argument: string, label = MADE_BY_HAND): Promise<string> {
  const now = Date.now();
  if (verb === 'apply') {
    const brand = loadBrand(argument);
    await saveBrand(db, brand, now, ACTOR);
    return `${brand.id}: ${brand.products.length} products, sender ${brand.sender}`;
  }
  if (!(await findBrand(db, argument))) throw new Error(`there is no brand ${argument}: apply its file first`);
  if (verb === 'key') return createApiKey(db, argument, label, now, ACTOR);
  const revoked = await revokeApiKeys(db, argument, label, now, ACTOR);
  if (revoked === 0) throw new Error(`${argument} has no open key called ${label}`);
  return `${argument}: ${revoked} revoked`;
}

const [verb = '', argument, label] = process.argv.slice(2);
if (
  !['apply', 'key', 'revoke'].includes(verb) ||
  argument === undefined ||
  (verb === 'revoke' && label === undefined)
) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    const { databaseUrl = '' } = readConfig(environment(), { database: true, vonage: false });
    await migrateLatest(databaseUrl);
    const db = connect(databaseUrl, { poolMax: 1 });
    console.log(await run(db, verb, argument, label).finally(() => db.destroy()));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
