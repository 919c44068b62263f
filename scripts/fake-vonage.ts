/**
 * `node scripts/fake-vonage.ts --api URL --key-file FILE --application-id UUID --signature-secret SECRET --api-key KEY --api-secret
 * SECRET [--host H] [--port N]`: the fake Vonage by itself, for an installation whose parts run apart (docker-compose.yml). The
 * private key is shared through a file: made at the first start, used again afterwards.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { newApplication, startFakeVonage } from '../vonage/fake.ts';

const { values } = parseArgs({
  options: {
    api: { type: 'string' },
    'key-file': { type: 'string' },
    'application-id': { type: 'string' },
    'signature-secret': { type: 'string' },
    'api-key': { type: 'string' },
    'api-secret': { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8082' },
  },
});

/** The key that is there, or a new one. Readable by its owner alone, and never half written: workers wait for the file. */
async function keyOf(file: string): Promise<string> {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const { privateKey } = await newApplication();
    writeFileSync(`${file}.new`, privateKey, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return privateKey;
  }
}

const { api, 'key-file': keyFile, 'application-id': id, host, port } = values;
const { 'signature-secret': signatureSecret, 'api-key': apiKey, 'api-secret': apiSecret } = values;
if (!api || !keyFile || !id || !signatureSecret || !apiKey || !apiSecret) {
  console.error('needed: --api, --key-file, --application-id, --signature-secret, --api-key and --api-secret');
  process.exitCode = 2;
} else {
  const fake = await startFakeVonage({
    clock: { now: () => Date.now() },
    apiKey,
    apiSecret,
    signatureSecret,
    receipts: 'after_response',
    statusUrl: `${api}/webhooks/vonage/status`,
    inboundUrl: `${api}/webhooks/vonage/inbound`,
    application: { id, privateKey: await keyOf(keyFile) },
    host,
    port: Number(port),
  });
  console.log(`Phones at ${fake.url}`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void fake.close());
}
