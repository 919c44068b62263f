/** `npm run consents -- verify [--brand ID]`: makes every hash of the ledger of consents again and names the entries that differ. */
import { readConfig } from '../app/config.ts';
import { operatorEnvironment } from './running-installation.ts';
import { requireBrand } from '../db/orders/brands.ts';
import { connect } from '../db/connection/connect.ts';
import { verifyLedger } from '../db/consent/consent-ledger.ts';
import { brandArguments, runCommand } from './run-command.ts';

const USAGE = 'usage: npm run consents -- verify [--brand ID]';

/** True: nothing is broken. */
async function verify(brand: string | undefined): Promise<boolean> {
  const { databaseUrl = '' } = readConfig(operatorEnvironment(), { database: true, vonage: false });
  const db = connect(databaseUrl, { poolMax: 1 });
  const verified = requireBrand(db, brand).then(() => verifyLedger(db, brand));
  const { contacts, entries, broken } = await verified.finally(() => db.destroy());
  for (const { contact, seq, flaw } of broken) console.log(`contact ${contact}, entry ${seq}: ${flaw}`);
  console.log(`${contacts} contacts, ${entries} entries, ${broken.length} broken`);
  return broken.length === 0;
}

await runCommand(USAGE, brandArguments('verify'), ({ brand }) => verify(brand));
