/**
 * `node scripts/fake-vonage.ts --api URL --key-file FILE [--host H --reachable] [--port N]`: the fake Vonage by itself, for an
 * installation whose parts run apart (docker-compose.yml). VONAGE_APPLICATION_ID, VONAGE_SIGNATURE_SECRET, VONAGE_API_KEY and
 * VONAGE_API_SECRET say whose place it takes: a secret among the words of a command is seen by everybody on the machine. The private
 * key is shared through a file: made at the first start, used again afterwards. Its pages have no login, so a host that other machines
 * can reach has to be asked for with --reachable.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigProblems, environment, readConfig } from '../config.ts';
import { isLoopback } from './fake-allowed.ts';
import { newApplication, startFakeVonage } from '../vonage/fake.ts';

const { values } = parseArgs({
  options: {
    api: { type: 'string' },
    'key-file': { type: 'string' },
    reachable: { type: 'boolean', default: false },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8082' },
  },
});

/** Makes the key unless it is there. Readable by its owner alone, and never half written: workers wait for the file. */
async function makeKey(file: string): Promise<void> {
  if (existsSync(file)) return;
  const { privateKey } = await newApplication();
  writeFileSync(`${file}.new`, privateKey, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Whose place it takes. Throws ConfigProblems. */
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
