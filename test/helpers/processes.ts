/** The project's own programs as processes of their own, as an operator starts them, and the servers they connect to. */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { createApiKey } from '../../db/brands.ts';
import type { Db } from '../../db/connect.ts';
import type { ShopClient } from '../../demo/shop-client.ts';
import { shopClient } from '../../demo/shop-client.ts';
import { freePort } from '../../scripts/servers/free-port.ts';
import type { FakeVonage } from '../../vonage/fake-contract.ts';
import { startFakeVonage } from '../../vonage/fake.ts';
import { brand, openLedger } from './ledger.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Some thirty programs start in a run; each is up 0.4 s sooner when its files need not be compiled again. */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'compiled');

export type Environment = Readonly<Record<string, string>>;

/** A test that fails half-way must not leave a worker behind. Vitest ends its forks with a signal, so there is no exit to wait for. */
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

export interface Program {
  /** Everything it has written so far, both streams. */
  output(): string;
  /** Waits until it has written something like this and gives the first group. Throws with its output if it ends without. */
  says(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts `node ARGS` in the project's folder. Of this process's environment it gets PATH and HOME, and no setting. */
export function startProgram(args: readonly string[], env: Environment = {}): Program {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const listeners = new Set<() => void>();
  const keep = (chunk: string): void => {
    output += chunk;
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  const match = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(output);
    return found ? (found[1] ?? found[0]) : undefined;
  };
  return {
    output: () => output,
    ended,
    kill: (signal) => void child.kill(signal),
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = match(pattern);
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
        void ended.then((how) =>
          reject(new Error(`${args.join(' ')} ended with ${how} before it said ${pattern}:\n${output}`)),
        );
      }),
  };
}

/** Ends a program the way a supervisor does. */
export async function stopProgram(program: Program | undefined): Promise<number | NodeJS.Signals | undefined> {
  program?.kill('SIGTERM');
  return program?.ended;
}

/** True if somebody accepts connections there. `where`: a URL, or `host:port`. */
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

/** What `main.ts` needs around it. */
export interface Surroundings {
  /** All that `main.ts` has to be told. */
  readonly env: Environment;
  /** Where the API will listen. */
  readonly apiUrl: string;
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
  const key = await createApiKey(ledger.db, brand.id, 'test', Date.now());
  const port = await freePort();
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
      VONAGE_APPLICATION_ID: vonage.applicationId,
      VONAGE_PRIVATE_KEY: vonage.privateKey,
      VONAGE_SIGNATURE_SECRET: SIGNATURE_SECRET,
      VONAGE_API_URL: vonage.url,
    },
    apiUrl,
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
  const program = startProgram(['--disable-warning=ExperimentalWarning', 'main.ts', ...words], env);
  if (words.includes('api')) await program.says(/"listening"/);
  if (words.includes('worker')) await program.says(/"polling"/);
  return program;
}
