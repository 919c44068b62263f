/**
 * `npm run retoken`: moves the tokens of numbers to the first secret of DOPO_SECRET (`new,former`) while the service runs. It can be cut
 * off and started again at any time.
 */
import { ConfigProblems, readConfig } from '../app/config.ts';
import { operatorEnvironment } from './running-installation.ts';
import { createStore } from '../db/addresses/store.ts';
import { connect } from '../db/connection/connect.ts';
import { dropFormerMarks, checkSecret } from '../commands/contacts/check-secret.ts';
import { countTokensAlone, retoken } from '../commands/contacts/retoken.ts';
import { migrateLatest } from '../db/schema/migrate.ts';
import { deriveKeys } from '../app/secrets.ts';

async function run(): Promise<string> {
  const config = readConfig(operatorEnvironment(), { database: true, vonage: false, secret: true });
  const { databaseUrl = '', secrets } = config;
  if (!secrets) throw new ConfigProblems(['DOPO_SECRET: not set']);
  await migrateLatest({ ...config, databaseUrl });
  const db = connect(databaseUrl, { poolMax: 1 });
  const store = createStore(db, deriveKeys(secrets).addresses);
  try {
    await checkSecret(store);
    const { addresses, moved, repeated } = await retoken(store);
    const alone = await countTokensAlone(store);
    if (alone === 0) await dropFormerMarks(store);
    const done = `${addresses} addresses, ${moved} moved, ${repeated} stops and lifts repeated`;
    // With a single secret this count would be misleading: every number that was moved still has rows under its
    // former token and would count as one without an address.
    return secrets.length === 1 ? done : `${done}; ${alone} stopped tokens without an address`;
  } finally {
    await db.destroy();
  }
}

if (process.argv.length > 2) {
  console.error('usage: npm run retoken');
  process.exitCode = 2;
} else {
  try {
    console.log(await run());
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
