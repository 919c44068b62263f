/**
 * The only reader of the environment. It reports all problems at once, so that an operator does not need one restart
 * for each.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ShopifyShop } from '../ingest/shopify-privacy.ts';
import { DAY } from '../domain/time/duration.ts';
import { knownSecrets } from './known-secrets.ts';
import type { SecretList } from './secrets.ts';

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

type Pairs = readonly (readonly [name: string, value: string])[];

/** Reads `name:value,name:value`; a value has no comma. Undefined: the text has another form. */
function readPairs(text: string): Pairs | undefined {
  const read = text.split(',').map((pair) => /^([A-Za-z0-9][A-Za-z0-9._-]{0,39}):(\S+)$/.exec(pair.trim()));
  return read.every((match) => match !== null) ? read.map((match) => [match[1] ?? '', match[2] ?? '']) : undefined;
}

const areAllDifferent = (values: readonly string[]): boolean => new Set(values).size === values.length;

const pairs = z.string().transform((text, context): Pairs => {
  const read = readPairs(text);
  if (read && areAllDifferent(read.map(([name]) => name))) return read;
  context.addIssue({ code: 'custom', message: 'not a list of name:value,name:value with each name once' });
  return z.NEVER;
});

/** `brand:new,brand:old,other:its`. One secret for two brands is refused: the shop of one could erase the customers of the other. */
const shopSecrets = z.string().transform((text, context): ReadonlyMap<string, SecretList> => {
  const read = readPairs(text);
  const secrets = new Map<string, SecretList>();
  for (const [brand, secret] of read ?? []) {
    const [newest, ...older] = secrets.get(brand) ?? [secret];
    secrets.set(brand, secrets.has(brand) ? [newest, ...older, secret] : [secret]);
  }
  if (!read) context.addIssue({ code: 'custom', message: 'not a list of brand:secret,brand:secret' });
  else if (!areAllDifferent(read.map(([, secret]) => secret)))
    context.addIssue({ code: 'custom', message: 'one secret stands there twice: each shop has its own' });
  else return secrets;
  return z.NEVER;
});

const shopDomains = pairs
  .refine(
    (list) => list.every(([, domain]) => /^[a-z0-9][a-z0-9-]*([.][a-z0-9-]+)+$/i.test(domain)),
    'a domain has no path: my-shop:my-shop.myshopify.com',
  )
  .refine(
    (list) => areAllDifferent(list.map(([, domain]) => domain.toLowerCase())),
    'one shop stands there for two brands',
  );

/** `new,old`: the first makes new values, the others are still accepted. */
const secretList = (shortest: number) =>
  z.string().transform((text, context): SecretList => {
    const [newest = '', ...older] = text.split(',').map((secret) => secret.trim());
    if ([newest, ...older].every((secret) => secret.length >= shortest)) return [newest, ...older];
    context.addIssue({ code: 'custom', message: `at least ${shortest} characters each, separated by commas` });
    return z.NEVER;
  });

const band = z
  .string()
  .regex(/^\d{1,3},\d{1,3}$/, 'two numbers of minutes: 10,15')
  .transform((text) => {
    const [opening = 0, closing = 0] = text.split(',').map((minutes) => Number(minutes) * 60_000);
    return { opening, closing };
  });

const KEY_BYTES = 32;
const payloadKeys = pairs.transform((list, context) => {
  const keys = list.map(([id, value]) => ({ id, key: Buffer.from(value, 'base64') }));
  if (keys.every(({ key }) => key.length === KEY_BYTES)) return keys;
  context.addIssue({
    code: 'custom',
    message: `each key is the base64 of ${KEY_BYTES} bytes: openssl rand -base64 32`,
  });
  return z.NEVER;
});

const settings = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, message: 'not a postgres:// address' }).exactOptional(),
  DATABASE_MIGRATION_URL: z.url({ protocol: /^postgres(ql)?$/, message: 'not a postgres:// address' }).exactOptional(),
  DB_POOL: z.coerce.number().int().min(2).max(500).default(10),
  DB_STATEMENT_MS: z.coerce.number().int().min(1_000).max(3_600_000).default(30_000),
  DB_LOCK_MS: z.coerce.number().int().min(100).max(3_600_000).default(5_000),
  DB_IDLE_IN_TRANSACTION_MS: z.coerce.number().int().min(1_000).max(3_600_000).default(60_000),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  OPS_HOST: z.string().min(1).default('127.0.0.1'),
  OPS_PORT: port.default(8081),
  /** The number of our proxies that add an address to X-Forwarded-For. With 0 the header is ignored. */
  TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  MAX_CONNECTIONS: z.coerce.number().int().min(10).max(100_000).default(2_000),
  REQUEST_TIMEOUT_MS: z.coerce.number().int().min(1_000).max(600_000).default(30_000),
  /** Behind a proxy this has to be longer than the proxy's own idle time. Otherwise the proxy writes into a connection that is closing. */
  KEEP_ALIVE_MS: z.coerce.number().int().min(1_000).max(600_000).default(5_000),
  RATE_PER_KEY: z.coerce.number().min(1).max(100_000).default(100),
  RATE_PER_BRAND: z.coerce.number().min(1).max(100_000).default(150),
  RATE_PER_ADDRESS: z.coerce.number().min(1).max(100_000).default(2_000),
  FAILURES_PER_ADDRESS: z.coerce.number().min(1).max(100_000).default(600),
  BODIES_MB: z.coerce.number().int().min(8).max(16_384).default(64),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  TEMPORAL_ADDRESS: z.string().min(1).exactOptional(),
  VONAGE_APPLICATION_ID: z.uuid().exactOptional(),
  VONAGE_PRIVATE_KEY: privateKey.exactOptional(),
  VONAGE_SIGNATURE_SECRET: secretList(16).exactOptional(),
  VONAGE_API_URL: z.url({ protocol: /^https?$/ }).default('https://api.nexmo.com'),
  /** The key is a part of a Basic authentication, so it cannot have a colon. */
  VONAGE_API_KEY: z
    .string()
    .regex(/^[^:\s]+$/, 'has a colon or a space')
    .exactOptional(),
  VONAGE_API_SECRET: z.string().min(1).exactOptional(),
  VONAGE_REPORTS_URL: z.url({ protocol: /^https?$/ }).default('https://api.nexmo.com'),
  /** Vonage's default quota is 30 requests a second per key. */
  SEND_RATE: z.coerce.number().min(0.1).max(1000).default(30),
  /**
   * At most 8 of the 12 workflow tasks that a worker of orders runs at a time (worker.ts). The other tasks take
   * signals.
   */
  SENDS_IN_PLACE: z.coerce.number().int().min(0).max(8).default(6),
  /** With more events than the default, planning and showing an order gets slow: `npm run bench:facts`. */
  MAX_ORDER_EVENTS: z.coerce.number().int().min(1).max(2_000).default(500),
  /** The same limit as for an order's own `parcelCount`. */
  MAX_ORDER_PARCELS: z.coerce.number().int().min(1).max(100).default(100),
  /**
   * Days after the end of an order. At least a month, because a shop that has lost its own state repeats events that
   * are weeks old.
   */
  ORDER_EVENTS_DAYS: z.coerce.number().int().min(30).max(3_650).default(90),
  /** Longer than the provider's time-out, so that a send under way ends before the process does. */
  SHUTDOWN_GRACE_MS: z.coerce.number().int().min(1000).max(120_000).default(20_000),
  /** Carriers may delay a message by minutes, and lawsuits are about minutes. */
  GUARD_BAND_MINUTES: band.default({ opening: 600_000, closing: 900_000 }),
  DOPO_PAYLOAD_KEYS: payloadKeys.exactOptional(),
  DOPO_CODEC_TOKEN: secretList(32).exactOptional(),
  DOPO_CODEC_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .refine((url) => URL.parse(url)?.origin === url, 'an origin has no path: https://temporal.example')
    .exactOptional(),
  SHOPIFY_SECRETS: shopSecrets.exactOptional(),
  SHOPIFY_DOMAINS: shopDomains.exactOptional(),
  EVIDENCE_FOLDER: z.string().min(1).exactOptional(),
  DOPO_FAKE_VONAGE: z.enum(['refused', 'allowed']).default('refused'),
  DOPO_DATA: z.string().min(1).default('data'),
  DOPO_SECRET: secretList(32).exactOptional(),
  DOPO_LINK_SECRETS: secretList(32).exactOptional(),
});

export interface VonageSettings {
  readonly applicationId: string;
  readonly privateKey: string;
  /** A webhook signed with any of them is the provider's. */
  readonly signatureSecrets: SecretList;
  readonly apiUrl: string;
  /** Absent: unknown outcomes are settled without Vonage's records. */
  readonly records?: RecordsConfig;
}

export interface RecordsConfig {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly url: string;
}

/** Limits and addresses of the API's ports. */
export interface HttpConfig {
  /** Host of the port for health, readiness and metrics. */
  readonly opsHost: string;
  readonly opsPort: number;
  /** The number of addresses at the end of X-Forwarded-For that come from our proxies. */
  readonly trustedProxies: number;
  readonly maxConnections: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  /** Bytes of all bodies held at one moment. */
  readonly bodiesAtMost: number;
  /** Requests a second; `failuresPerAddress` a minute. */
  readonly rates: {
    readonly perKey: number;
    readonly perBrand: number;
    readonly perAddress: number;
    readonly failuresPerAddress: number;
  };
}

export interface Config {
  readonly databaseUrl?: string;
  /** URL of the role that owns the tables. Absent: `databaseUrl` does, or another process migrates. */
  readonly migrationUrl?: string;
  /** Connections of one process, and the server's time limits, ms. */
  readonly pool: {
    readonly poolMax: number;
    readonly statementMs: number;
    readonly lockMs: number;
    readonly idleInTransactionMs: number;
  };
  readonly host: string;
  readonly port: number;
  readonly http: HttpConfig;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
  /** Whether Temporal was named; how to reach it is read by @temporalio/envconfig. */
  readonly temporal: boolean;
  readonly vonage?: VonageSettings;
  /** Requests a second of the provider's account, over all workers. */
  readonly sendRate: number;
  /** The most sends that a worker of orders has under way. 0: all messages take the send queue. */
  readonly sendsInPlace: number;
  /** The most events and parcels that an order may have. */
  readonly orderLimits: { readonly events: number; readonly parcels: number };
  /** The time for which the events of an ended order are kept, ms. */
  readonly orderEventsKeptFor: number;
  readonly shutdownGraceMs: number;
  /** Ms kept free after the opening and before the closing of the hours of promotions. */
  readonly guardBand: { readonly opening: number; readonly closing: number };
  /** Where the heads of the chains are written every day. Absent: nowhere. */
  readonly evidenceFolder?: string;
  /** Whether `npm start` may bring the stand-in of Vonage beside a configured database, or for other machines. */
  readonly fakeVonage: 'refused' | 'allowed';
  readonly dataFolder: string;
  /**
   * The first key encrypts what Temporal stores. The others decrypt payloads from before the key was changed. Empty:
   * nothing is encrypted.
   */
  readonly payloadKeys: readonly { readonly id: string; readonly key: Buffer }[];
  /** Tokens that may decrypt it over HTTP, and the site whose pages may. Absent: none. */
  readonly codecAccess?: { readonly tokens: SecretList; readonly origin?: string };
  /** Each brand's Shopify shop. */
  readonly shops: ReadonlyMap<string, ShopifyShop>;
  /** The secrets that all keys are derived from (secrets.ts), the newest first. */
  readonly secrets?: SecretList;
  /** The secrets that the keys of links are derived from, the newest first. Absent: `secrets`. */
  readonly linkSecrets?: SecretList;
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

/** Settings that the starting process needs: a service by itself needs everything, `npm start` brings the rest. */
export interface Needs {
  readonly database: boolean;
  readonly vonage: boolean;
  /**
   * The address has no default: Temporal's own default, localhost:7233, would take the place of a forgotten setting.
   */
  readonly temporal?: boolean;
  /** The tokens in the database were made with this secret, so no other value can take its place. */
  readonly secret?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws ConfigProblems. An empty variable counts as not set. */
export function readConfig(env: Environment, needs: Needs): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = settings.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  problems.push(
    ...missingFrom(given, needs),
    ...knownSecrets(given),
    ...(parsed.success ? halvesOfShops(parsed.data) : []),
  );
  if (!parsed.success || problems.length > 0) throw new ConfigProblems(problems);
  const { data } = parsed;
  const vonage = vonageOf(data);
  const shops = shopsOf(data);
  return {
    ...(data.DATABASE_URL !== undefined && { databaseUrl: data.DATABASE_URL }),
    ...(data.DATABASE_MIGRATION_URL !== undefined && { migrationUrl: data.DATABASE_MIGRATION_URL }),
    pool: {
      poolMax: data.DB_POOL,
      statementMs: data.DB_STATEMENT_MS,
      lockMs: data.DB_LOCK_MS,
      idleInTransactionMs: data.DB_IDLE_IN_TRANSACTION_MS,
    },
    host: data.HOST,
    port: data.PORT,
    http: {
      opsHost: data.OPS_HOST,
      opsPort: data.OPS_PORT,
      trustedProxies: data.TRUSTED_PROXIES,
      maxConnections: data.MAX_CONNECTIONS,
      requestMs: data.REQUEST_TIMEOUT_MS,
      keepAliveMs: data.KEEP_ALIVE_MS,
      bodiesAtMost: data.BODIES_MB * 1024 * 1024,
      rates: {
        perKey: data.RATE_PER_KEY,
        perBrand: data.RATE_PER_BRAND,
        perAddress: data.RATE_PER_ADDRESS,
        failuresPerAddress: data.FAILURES_PER_ADDRESS,
      },
    },
    logLevel: data.LOG_LEVEL,
    temporal: namesTemporal(given),
    ...(vonage && { vonage }),
    sendRate: data.SEND_RATE,
    sendsInPlace: data.SENDS_IN_PLACE,
    orderLimits: { events: data.MAX_ORDER_EVENTS, parcels: data.MAX_ORDER_PARCELS },
    orderEventsKeptFor: data.ORDER_EVENTS_DAYS * DAY,
    shutdownGraceMs: data.SHUTDOWN_GRACE_MS,
    guardBand: data.GUARD_BAND_MINUTES,
    ...(data.EVIDENCE_FOLDER !== undefined && { evidenceFolder: data.EVIDENCE_FOLDER }),
    fakeVonage: data.DOPO_FAKE_VONAGE,
    dataFolder: data.DOPO_DATA,
    payloadKeys: data.DOPO_PAYLOAD_KEYS ?? [],
    ...(data.DOPO_CODEC_TOKEN !== undefined && {
      codecAccess: {
        tokens: data.DOPO_CODEC_TOKEN,
        ...(data.DOPO_CODEC_ORIGIN !== undefined && { origin: data.DOPO_CODEC_ORIGIN }),
      },
    }),
    shops,
    ...(data.DOPO_SECRET && { secrets: data.DOPO_SECRET }),
    ...(data.DOPO_LINK_SECRETS && { linkSecrets: data.DOPO_LINK_SECRETS }),
  };
}

/** Settings that are missing, and pairs of settings of which one is missing. */
function missingFrom(given: Environment, needs: Needs): readonly string[] {
  const absent = (names: readonly string[]): readonly string[] => names.filter((name) => given[name] === undefined);
  const vonageNames = ['VONAGE_APPLICATION_ID', 'VONAGE_PRIVATE_KEY', 'VONAGE_SIGNATURE_SECRET'];
  const vonage = absent(vonageNames);
  const someVonage = vonage.length < vonageNames.length;
  const records = absent(['VONAGE_API_KEY', 'VONAGE_API_SECRET']);
  return [
    ...(needs.vonage || someVonage ? vonage : []).map(
      (name) => `${name}: not set${needs.vonage ? '' : ', but another of the three VONAGE_ variables is'}`,
    ),
    ...(records.length === 1 ? records : []).map(
      (name) => `${name}: not set, but the other half of the account's key is`,
    ),
    ...(needs.database ? absent(['DATABASE_URL']) : []).map((name) => `${name}: not set`),
    ...(needs.secret ? absent(['DOPO_SECRET']) : []).map((name) => `${name}: not set`),
    ...(needs.temporal && !namesTemporal(given)
      ? ['TEMPORAL_ADDRESS: not set, nor is TEMPORAL_CONFIG_FILE or TEMPORAL_PROFILE']
      : []),
  ];
}

function namesTemporal(given: Environment): boolean {
  return (
    given['TEMPORAL_ADDRESS'] !== undefined ||
    given['TEMPORAL_CONFIG_FILE'] !== undefined ||
    given['TEMPORAL_PROFILE'] !== undefined
  );
}

function vonageOf(data: z.output<typeof settings>): VonageSettings | undefined {
  const { VONAGE_APPLICATION_ID: applicationId, VONAGE_PRIVATE_KEY: privateKey } = data;
  const { VONAGE_SIGNATURE_SECRET: signatureSecrets, VONAGE_API_URL: apiUrl } = data;
  const { VONAGE_API_KEY: apiKey, VONAGE_API_SECRET: apiSecret, VONAGE_REPORTS_URL: url } = data;
  if (!applicationId || !privateKey || !signatureSecrets) return undefined;
  const account = { applicationId, privateKey, signatureSecrets, apiUrl };
  return apiKey && apiSecret ? { ...account, records: { apiKey, apiSecret, url } } : account;
}

/** Brands that have a secret without a domain, or a domain without a secret. */
function halvesOfShops(data: z.output<typeof settings>): readonly string[] {
  const secrets = [...(data.SHOPIFY_SECRETS?.keys() ?? [])];
  const domains = data.SHOPIFY_DOMAINS?.map(([brand]) => brand) ?? [];
  return [
    ...secrets
      .filter((brand) => !domains.includes(brand))
      .map((brand) => `SHOPIFY_DOMAINS: nothing for ${brand}, which has a secret`),
    ...domains
      .filter((brand) => !secrets.includes(brand))
      .map((brand) => `SHOPIFY_SECRETS: nothing for ${brand}, which has a domain`),
  ];
}

function shopsOf(data: z.output<typeof settings>): ReadonlyMap<string, ShopifyShop> {
  const domains = new Map(data.SHOPIFY_DOMAINS);
  const shops = [...(data.SHOPIFY_SECRETS ?? [])].map(
    ([brand, secrets]) => [brand, { secrets, domain: domains.get(brand) ?? '' }] as const,
  );
  return new Map(shops);
}

/** The environment of this process. */
export function environment(): Environment {
  return process.env;
}
