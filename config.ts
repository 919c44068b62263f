/** The only reader of the environment. Every problem is reported at once, so that nobody fixes them one restart at a time. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);

/** PEM text with real or written-out line ends, or the path of a file that holds it. */
const privateKey = z.string().transform((value, context) => {
  const pem = value.includes('BEGIN') ? value.replaceAll('\\n', '\n') : readPem(value);
  if (pem?.includes('PRIVATE KEY')) return pem;
  context.addIssue({ code: 'custom', message: 'neither a PEM private key nor the path of one' });
  return z.NEVER;
});

function readPem(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const settings = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, message: 'not a postgres:// address' }).exactOptional(),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  TEMPORAL_ADDRESS: z.string().min(1).exactOptional(),
  VONAGE_APPLICATION_ID: z.uuid().exactOptional(),
  VONAGE_PRIVATE_KEY: privateKey.exactOptional(),
  VONAGE_SIGNATURE_SECRET: z.string().min(16, 'at least 16 characters').exactOptional(),
  VONAGE_API_URL: z.url({ protocol: /^https?$/ }).default('https://api.nexmo.com'),
  /** Half of a Basic authentication, so no colon. */
  VONAGE_API_KEY: z
    .string()
    .regex(/^[^:\s]+$/, 'has a colon or a space')
    .exactOptional(),
  VONAGE_API_SECRET: z.string().min(1).exactOptional(),
  VONAGE_REPORTS_URL: z.url({ protocol: /^https?$/ }).default('https://api.nexmo.com'),
  /** Vonage's default quota is 30 requests a second per key. */
  SEND_RATE: z.coerce.number().min(0.1).max(1000).default(30),
  /** Longer than the provider's time-out, so that a send under way ends before the process does. */
  SHUTDOWN_GRACE_MS: z.coerce.number().int().min(1000).max(120_000).default(20_000),
  DOPO_DATA: z.string().min(1).default('data'),
});

export interface VonageConfig {
  readonly applicationId: string;
  readonly privateKey: string;
  readonly signatureSecret: string;
  readonly apiUrl: string;
  /** Absent: unknown outcomes are settled without Vonage's records. */
  readonly records?: RecordsConfig;
}

export interface RecordsConfig {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly url: string;
}

export interface Config {
  readonly databaseUrl?: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
  /** Whether Temporal was named; how to reach it is read by @temporalio/envconfig. */
  readonly temporal: boolean;
  readonly vonage?: VonageConfig;
  /** Requests a second of the provider's account, over all workers. */
  readonly sendRate: number;
  readonly shutdownGraceMs: number;
  readonly dataFolder: string;
}

/** Thrown with every problem of the environment, one line each. */
export class ConfigProblems extends Error {
  constructor(problems: readonly string[]) {
    super(
      `The environment has ${problems.length === 1 ? 'a mistake' : 'mistakes'}:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'ConfigProblems';
  }
}

/** What is needed by the process that is starting: a service by itself needs everything, `npm start` brings the rest. */
export interface Needs {
  readonly database: boolean;
  readonly vonage: boolean;
  /** Where it is has to be said; without, Temporal's own default of localhost:7233 would stand in for a forgotten setting. */
  readonly temporal?: boolean;
}

/** Throws ConfigProblems. An empty variable counts as not set. */
export function readConfig(env: Readonly<Record<string, string | undefined>>, needs: Needs): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = settings.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  const vonageNames = ['VONAGE_APPLICATION_ID', 'VONAGE_PRIVATE_KEY', 'VONAGE_SIGNATURE_SECRET'] as const;
  const missing = vonageNames.filter((name) => given[name] === undefined);
  if (missing.length > 0 && (needs.vonage || missing.length < vonageNames.length))
    problems.push(
      ...missing.map(
        (name) => `${name}: not set${needs.vonage ? '' : ', but another of the three VONAGE_ variables is'}`,
      ),
    );
  const recordNames = ['VONAGE_API_KEY', 'VONAGE_API_SECRET'] as const;
  const missingOfRecords = recordNames.filter((name) => given[name] === undefined);
  if (missingOfRecords.length === 1)
    problems.push(...missingOfRecords.map((name) => `${name}: not set, but the other half of the account's key is`));
  if (needs.database && given['DATABASE_URL'] === undefined) problems.push('DATABASE_URL: not set');
  const temporal =
    given['TEMPORAL_ADDRESS'] !== undefined ||
    given['TEMPORAL_CONFIG_FILE'] !== undefined ||
    given['TEMPORAL_PROFILE'] !== undefined;
  if (needs.temporal && !temporal)
    problems.push('TEMPORAL_ADDRESS: not set, nor is TEMPORAL_CONFIG_FILE or TEMPORAL_PROFILE');
  if (!parsed.success || problems.length > 0) throw new ConfigProblems(problems);
  const { data } = parsed;
  const vonage = vonageOf(data);
  return {
    ...(data.DATABASE_URL !== undefined && { databaseUrl: data.DATABASE_URL }),
    host: data.HOST,
    port: data.PORT,
    logLevel: data.LOG_LEVEL,
    temporal,
    ...(vonage && { vonage }),
    sendRate: data.SEND_RATE,
    shutdownGraceMs: data.SHUTDOWN_GRACE_MS,
    dataFolder: data.DOPO_DATA,
  };
}

function vonageOf(data: z.output<typeof settings>): VonageConfig | undefined {
  const { VONAGE_APPLICATION_ID: applicationId, VONAGE_PRIVATE_KEY: privateKey } = data;
  const { VONAGE_SIGNATURE_SECRET: signatureSecret, VONAGE_API_URL: apiUrl } = data;
  const { VONAGE_API_KEY: apiKey, VONAGE_API_SECRET: apiSecret, VONAGE_REPORTS_URL: url } = data;
  if (!applicationId || !privateKey || !signatureSecret) return undefined;
  const account = { applicationId, privateKey, signatureSecret, apiUrl };
  return apiKey && apiSecret ? { ...account, records: { apiKey, apiSecret, url } } : account;
}

/** The environment of this process. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
