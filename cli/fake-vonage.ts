/**
 * `node cli/fake-vonage.ts --api URL --key-file FILE [--host H --reachable] [--port N]`: the fake Vonage as a process, for an
 * installation whose parts run apart (docker-compose.yml). VONAGE_APPLICATION_ID, VONAGE_SIGNATURE_SECRET, VONAGE_API_KEY and
 * VONAGE_API_SECRET name the account it stands in for; they are not arguments, because every user of the machine can read the arguments
 * of a process. The private key is shared through a file: it is made at the first start and used again later. The pages have no login, so
 * a host that other machines can reach needs --reachable.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigProblems, environment, readConfig } from '../app/config.ts';
import { isLoopback } from './fake-allowed.ts';
import { newApplication, startFakeVonage } from '../vonage/fake/fake.ts';

const { values } = parseArgs({
  options: {
    api: { type: 'string' },
    'key-file': { type: 'string' },
    reachable: { type: 'boolean', default: false },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8082' },
  },
});

/**
 * Makes the key if it does not exist. Only its owner can read the file. Workers wait for the file, so it must never
 * be half written.
 */
async function makeKey(file: string): Promise<void> {
  if (existsSync(file)) return;
  const { privateKey } = await newApplication();
  writeFileSync(`${file}.new`, privateKey, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The account that it stands in for. Throws ConfigProblems. */
function accountOf(keyFile: string) {
  const needs = { database: false, vonage: true };
  const { vonage } = readConfig({ ...environment(), VONAGE_PRIVATE_KEY: keyFile }, needs);
  if (!vonage?.records) throw new ConfigProblems(['VONAGE_API_KEY and VONAGE_API_SECRET are needed']);
  const { applicationId: id, privateKey, signatureSecrets, records } = vonage;
  const [signatureSecret] = signatureSecrets;
  return { application: { id, privateKey }, signatureSecret, apiKey: records.apiKey, apiSecret: records.apiSecret };
}

const { api, 'key-file': keyFile, host, port, reachable } = values;
if (!api || !keyFile) {
  console.error('needed: --api and --key-file');
  process.exitCode = 2;
} else if (!isLoopback(host) && !reachable) {
  console.error(
    `${host} can be reached from other machines, and the stand-in has no login: say --reachable if that is meant`,
  );
  process.exitCode = 2;
} else {
  try {
    await makeKey(keyFile);
    const fake = await startFakeVonage({
      clock: { now: () => Date.now() },
      ...accountOf(keyFile),
      receipts: 'after_response',
      statusUrl: `${api}/webhooks/vonage/status`,
      inboundUrl: `${api}/webhooks/vonage/inbound`,
      host,
      port: Number(port),
    });
    console.log(`Phones at ${fake.url}`);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void fake.close());
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
