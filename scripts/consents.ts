/** `npm run consents -- verify [--brand ID]`: makes every hash of the ledger of consents again and names the entries that differ. */
import { parseArgs } from 'node:util';
import { environment, readConfig } from '../config.ts';
import { connect } from '../db/connect.ts';
import { verifyLedger } from '../db/consents/consent-ledger.ts';

const USAGE = 'usage: npm run consents -- verify [--brand ID]';

function readArguments(): { readonly brand?: string } | undefined {
  try {
    const { positionals, values } = parseArgs({ allowPositionals: true, options: { brand: { type: 'string' } } });
    return positionals.length === 1 && positionals[0] === 'verify' ? values : undefined;
  } catch {
    return undefined;
  }
}

/** True: nothing is broken. */
async function verify(brand: string | undefined): Promise<boolean> {
  const { databaseUrl = '' } = readConfig(environment(), { database: true, vonage: false });
  const db = connect(databaseUrl, { poolMax: 1 });
  const { contacts, entries, broken } = await verifyLedger(db, brand).finally(() => db.destroy());
  for (const { contact, seq, flaw } of broken) console.log(`contact ${contact}, entry ${seq}: ${flaw}`);
  console.log(`${contacts} contacts, ${entries} entries, ${broken.length} broken`);
  return broken.length === 0;
}

const chosen = readArguments();
if (!chosen) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = (await verify(chosen.brand)) ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
