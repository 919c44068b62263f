/** `npm run contacts -- report [--brand ID]`: lists numbers that may be of more than one person each. Changes nothing. */
import { readConfig } from '../app/config.ts';
import { operatorEnvironment } from './running-installation.ts';
import { requireBrand } from '../db/orders/brands.ts';
import { connect } from '../db/connection/connect.ts';
import { identityReport } from '../queries/contacts/identity-report.ts';
import { brandArguments, runCommand } from './run-command.ts';

const USAGE = 'usage: npm run contacts -- report [--brand ID]';

async function report(brand: string | undefined): Promise<void> {
  const { databaseUrl = '' } = readConfig(operatorEnvironment(), { database: true, vonage: false });
  const db = connect(databaseUrl, { poolMax: 1 });
  const reported = requireBrand(db, brand).then(() => identityReport(db, brand));
  const shared = await reported.finally(() => db.destroy());
  for (const { contact, number = 'no number', customers, orders } of shared)
    console.log(`${contact}  ${number}  ${customers} customer ids in ${orders} orders`);
  console.log(`${shared.length} numbers with several customer ids`);
}

await runCommand(USAGE, brandArguments('report'), ({ brand }) => report(brand));
