/** The surroundings that the project's own programs need when a test starts them as an operator does. */
import { connect as connectSocket } from 'node:net';
import { afterAll } from 'vitest';
import { createApiKey } from '../../commands/access/api-keys.ts';
import { SCOPES } from '../../domain/access/scope.ts';
import type { Db } from '../../db/connection/connect.ts';
import type { ShopClient } from '../../demo/shop-client.ts';
import { shopClient } from '../../demo/shop-client.ts';
import type { Environment, Program } from '../../dev/programs.ts';
import { killPrograms, startProgram } from '../../dev/programs.ts';
import { freePort } from '../../dev/servers/free-port.ts';
import type { FakeVonage } from '../../vonage/fake/contract.ts';
import { startFakeVonage } from '../../vonage/fake/fake.ts';
import { brand, openLedger } from './ledger.ts';
import { SECRET_OF_TESTS } from './keys.ts';

// Vitest ends its forks with a signal, and a test that fails half-way must not leave a worker behind.
afterAll(killPrograms);

/** Ends a program the way a supervisor does. */
export async function stopProgram(program: Program | undefined): Promise<number | NodeJS.Signals | undefined> {
  program?.kill('SIGTERM');
  return program?.ended;
}

/** Runs a program to its end: exit code and lines of output. */
export async function runProgram(
  args: readonly string[],
  env: Environment = {},
): Promise<{ code: unknown; lines: readonly string[] }> {
  const program = startProgram(args, { env });
  return { code: await program.ended, lines: program.output().trimEnd().split('\n') };
}

/** True if connections are accepted there. `where`: a URL, or `host:port`. */
export function isListening(where: string): Promise<boolean> {
  const { hostname, port } = new URL(where.includes('://') ? where : `tcp://${where}`);
  return new Promise((resolve) => {
    const socket = connectSocket(Number(port), hostname);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** The surroundings that `main.ts` needs. */
export interface Surroundings {
  /** All that `main.ts` has to be told. */
  readonly env: Environment;
  /** Where the API will listen. */
  readonly apiUrl: string;
  /** Where its health, readiness and metrics will be. */
  readonly opsUrl: string;
  readonly key: string;
  readonly shop: ShopClient;
  /** Runs in the test's own process. */
  readonly vonage: FakeVonage;
  readonly db: Db;
  close(): Promise<void>;
}

const SIGNATURE_SECRET = 'a-signature-secret-of-the-tests';

/** A database with the demo's brand, the fake Vonage, and a port for the API. `temporalAddress`: `host:port`. */
export async function openSurroundings(temporalAddress: string): Promise<Surroundings> {
  const ledger = await openLedger();
  const key = await createApiKey(ledger.db, { brand: brand.id, label: 'test', scopes: SCOPES }, Date.now());
  const [port, opsPort] = [await freePort(), await freePort()];
  const apiUrl = `http://127.0.0.1:${port}`;
  const vonage = await startFakeVonage({
    clock: { now: () => Date.now() },
    apiKey: 'abcd1234',
    signatureSecret: SIGNATURE_SECRET,
    receipts: 'after_response',
    statusUrl: `${apiUrl}/webhooks/vonage/status`,
    inboundUrl: `${apiUrl}/webhooks/vonage/inbound`,
  });
  return {
    env: {
      DATABASE_URL: ledger.url,
      TEMPORAL_ADDRESS: temporalAddress,
      PORT: String(port),
      OPS_PORT: String(opsPort),
      // On a busy machine a request would meet a connection that is closing.
      KEEP_ALIVE_MS: '600000',
      VONAGE_APPLICATION_ID: vonage.applicationId,
      VONAGE_PRIVATE_KEY: vonage.privateKey,
      VONAGE_SIGNATURE_SECRET: SIGNATURE_SECRET,
      DOPO_SECRET: SECRET_OF_TESTS,
      VONAGE_API_URL: vonage.url,
    },
    apiUrl,
    opsUrl: `http://127.0.0.1:${opsPort}`,
    key,
    shop: shopClient(apiUrl, key),
    vonage,
    db: ledger.db,
    close: async () => {
      await vonage.close();
      await ledger.close();
    },
  };
}

/** `main.ts WORDS`, up: the API listens, the workers poll. */
export async function startServices(words: readonly string[], env: Environment): Promise<Program> {
  const program = startProgram(['main.ts', ...words], { env });
  if (words.includes('api')) await program.says(/"listening"/);
  if (words.includes('worker')) await program.says(/"polling"/);
  return program;
}
