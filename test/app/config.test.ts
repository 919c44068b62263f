import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config, Needs } from '../../app/config.ts';
import { ConfigProblems, readConfig } from '../../app/config.ts';

type Env = Readonly<Record<string, string | undefined>>;

const NOTHING_NEEDED: Needs = { database: false, vonage: false };
const ALL_NEEDED: Needs = { database: true, vonage: true };
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const VONAGE = {
  VONAGE_APPLICATION_ID: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
  VONAGE_PRIVATE_KEY: PEM,
  VONAGE_SIGNATURE_SECRET: 'sixteen-letters-and-more',
};

const read = (env: Env, needs: Needs = NOTHING_NEEDED): Config => readConfig(env, needs);

function problems(env: Env, needs: Needs = NOTHING_NEEDED): string[] {
  try {
    read(env, needs);
  } catch (error) {
    if (error instanceof ConfigProblems)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dopo-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the environment', () => {
  it('may be empty where the process brings what it needs: everything has a default', () => {
    expect(read({})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      pool: { poolMax: 10, statementMs: 30_000, lockMs: 5_000, idleInTransactionMs: 60_000 },
      http: {
        opsHost: '127.0.0.1',
        opsPort: 8081,
        trustedProxies: 0,
        maxConnections: 2_000,
        requestMs: 30_000,
        keepAliveMs: 5_000,
        bodiesAtMost: 64 * 1024 * 1024,
        rates: { perKey: 100, perBrand: 150, perAddress: 2_000, failuresPerAddress: 600 },
      },
      logLevel: 'info',
      temporal: false,
      sendRate: 30,
      sendsInPlace: 6,
      orderEventsKeptFor: 90 * 86_400_000,
      orderLimits: { events: 500, parcels: 100 },
      shutdownGraceMs: 20_000,
      dataFolder: 'data',
      guardBand: { opening: 600_000, closing: 900_000 },
      payloadKeys: [],
      shops: new Map(),
      fakeVonage: 'refused',
    });
  });

  it('is read as it is set, and what belongs to others is let be', () => {
    const env = {
      DATABASE_URL: 'postgres://dopo@db:5432/dopo',
      HOST: '0.0.0.0',
      PORT: '0',
      LOG_LEVEL: 'debug',
      SEND_RATE: '0.5',
      PATH: '/bin',
    };
    expect(read(env)).toMatchObject({
      databaseUrl: 'postgres://dopo@db:5432/dopo',
      host: '0.0.0.0',
      port: 0,
      logLevel: 'debug',
      sendRate: 0.5,
    });
  });

  it('set to nothing counts as not set', () => {
    const env = { DATABASE_URL: '', PORT: '', LOG_LEVEL: '', TEMPORAL_ADDRESS: '', VONAGE_PRIVATE_KEY: '' };
    expect(read(env)).toEqual(read({}));
    expect(problems(env, { database: true, vonage: false })).toEqual(['DATABASE_URL: not set']);
  });

  it.each(['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'])(
    'names a Temporal of its own with %s',
    (name) => {
      expect(read({ [name]: 'cluster' }).temporal).toBe(true);
    },
  );

  it.each([
    ['DATABASE_URL', 'mysql://db/dopo', 'DATABASE_URL: not a postgres:// address'],
    ['DATABASE_URL', 'db', 'DATABASE_URL: not a postgres:// address'],
    ['PORT', '65536', 'PORT: Too big'],
    ['PORT', '-1', 'PORT: Too small'],
    ['PORT', 'http', 'PORT: Invalid input'],
    ['PORT', '80.5', 'PORT: Invalid input'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL: Invalid option'],
    ['SEND_RATE', '0', 'SEND_RATE: Too small'],
    ['SENDS_IN_PLACE', '9', 'SENDS_IN_PLACE: Too big'],
    ['SHUTDOWN_GRACE_MS', '10', 'SHUTDOWN_GRACE_MS: Too small'],
    ['VONAGE_API_URL', 'ftp://api.nexmo.com', 'VONAGE_API_URL: Invalid URL'],
    ['VONAGE_REPORTS_URL', 'reports', 'VONAGE_REPORTS_URL: Invalid URL'],
    ['DOPO_SECRET', 'thirty-one-characters-are-short', 'DOPO_SECRET: at least 32 characters'],
    ['DOPO_PAYLOAD_KEYS', 'k1:c2hvcnQ=', 'DOPO_PAYLOAD_KEYS: each key is the base64 of 32 bytes'],
    ['DOPO_PAYLOAD_KEYS', 'c2hvcnQ=', 'DOPO_PAYLOAD_KEYS: not a list of name:value'],
    ['DOPO_CODEC_TOKEN', 'short', 'DOPO_CODEC_TOKEN: at least 32 characters'],
    ['DOPO_CODEC_ORIGIN', 'https://temporal.example/ui', 'DOPO_CODEC_ORIGIN: an origin has no path'],
    ['SHOPIFY_SECRETS', 'shpss_1', 'SHOPIFY_SECRETS: not a list of brand:secret'],
    ['SHOPIFY_SECRETS', 'bottega:one,altrove:one', 'SHOPIFY_SECRETS: one secret stands there twice'],
    ['SHOPIFY_SECRETS', 'bottega:one', 'SHOPIFY_DOMAINS: nothing for bottega'],
    ['SHOPIFY_DOMAINS', 'bottega:sole.example', 'SHOPIFY_SECRETS: nothing for bottega'],
    ['SHOPIFY_DOMAINS', 'bottega:https://sole.example/', 'SHOPIFY_DOMAINS: a domain has no path'],
    ['SHOPIFY_DOMAINS', 'a1:sole.example,b2:SOLE.example', 'SHOPIFY_DOMAINS: one shop stands there for two brands'],
  ])('%s=%s is refused', (name, value, problem) => {
    expect(problems({ [name]: value })).toEqual([expect.stringContaining(problem)]);
  });

  it('has a secret where one is needed, and nothing stands in for it', () => {
    const needs = { ...NOTHING_NEEDED, secret: true };
    expect(problems({}, needs)).toEqual(['DOPO_SECRET: not set']);
    const secret = 'thirty-two-characters-are-enough';
    expect(read({ DOPO_SECRET: secret }, needs).secrets).toEqual([secret]);
    expect(read({ DOPO_SECRET: `${secret},${secret}-former` }).secrets).toEqual([secret, `${secret}-former`]);
    expect(read({}).secrets).toBeUndefined();
  });

  it('has secrets for links, the newest first, each of them long enough', () => {
    const [now, before] = ['thirty-two-characters-are-enough', 'the-thirty-two-characters-before'];
    expect(read({ DOPO_LINK_SECRETS: `${now}, ${before}` }).linkSecrets).toEqual([now, before]);
    expect(read({ DOPO_LINK_SECRETS: now }).linkSecrets).toEqual([now]);
    for (const bad of [`${now},`, `${now},short`, 'short'])
      expect(problems({ DOPO_LINK_SECRETS: bad }).join()).toContain('DOPO_LINK_SECRETS');
  });

  it('has keys for payloads in the order they are written, and shops by brand, the newest secret first', () => {
    const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte));
    const keys = `2026-11:${one?.toString('base64')}, 2025:${two?.toString('base64')}`;
    const domains = { SHOPIFY_DOMAINS: 'bottega:a.myshopify.com,altrove:b.myshopify.com' };
    const config = read({
      DOPO_PAYLOAD_KEYS: keys,
      SHOPIFY_SECRETS: 'bottega:new,altrove:shpss:2,bottega:old',
      ...domains,
    });
    expect(config.payloadKeys).toEqual([
      { id: '2026-11', key: one },
      { id: '2025', key: two },
    ]);
    expect(config.shops).toEqual(
      new Map([
        ['bottega', { secrets: ['new', 'old'], domain: 'a.myshopify.com' }],
        ['altrove', { secrets: ['shpss:2'], domain: 'b.myshopify.com' }],
      ]),
    );
    const token = 'thirty-two-characters-are-enough';
    expect(read({ DOPO_CODEC_TOKEN: token }).codecAccess).toEqual({ tokens: [token] });
  });

  it('tells all its problems at once', () => {
    const env = { PORT: 'http', LOG_LEVEL: 'loud', VONAGE_SIGNATURE_SECRET: 'short' };
    const names = problems(env, ALL_NEEDED).map((line) => line.split(':')[0]);
    expect(new Set(names)).toEqual(new Set(['PORT', 'LOG_LEVEL', ...Object.keys(VONAGE), 'DATABASE_URL']));
  });

  it('with one problem speaks of one', () => {
    expect(() => read({ PORT: 'http' })).toThrow(/^The environment has a mistake:\n {2}PORT: /);
    expect(() => read({ PORT: 'http', LOG_LEVEL: 'loud' })).toThrow(/^The environment has mistakes:\n/);
  });

  it('refuses a secret that stands in a public file, in a list and behind a name too, and does not repeat it', () => {
    const known = 'only-for-the-tokens-and-links-of-this-machine';
    const list = `thirty-two-characters-are-enough,${known}`;
    for (const env of [
      { DOPO_SECRET: known },
      { DOPO_LINK_SECRETS: list },
      { DOPO_CODEC_TOKEN: known },
      { DOPO_PAYLOAD_KEYS: `k:${Buffer.alloc(32).toString('base64')}` },
      { DATABASE_URL: 'postgres://dopo:dopo@postgres:5432/dopo' },
      { DATABASE_MIGRATION_URL: 'postgres://dopo:another-secret@postgres:5432/dopo' },
    ]) {
      expect(problems(env)).toEqual([expect.stringMatching(/: an example that everybody can read/)]);
      expect(problems(env).join()).not.toContain(known);
    }
  });

  it('takes one as the former DOPO_SECRET, whose STOPs would be forgotten without it, and never in front', () => {
    const known = 'only-for-the-tokens-and-links-of-this-machine';
    const own = 'a-secret-of-this-test-that-is-long-enough';
    expect(read({ DOPO_SECRET: `${own},${known}` }).secrets).toEqual([own, known]);
    expect(problems({ DOPO_SECRET: `${known},${own}` })).toHaveLength(1);
  });

  it('never shows a secret in its problems', () => {
    const secret = 'hush-hush';
    const env = {
      DATABASE_URL: `mysql://u:${secret}@db/x`,
      VONAGE_PRIVATE_KEY: secret,
      VONAGE_SIGNATURE_SECRET: secret,
      VONAGE_APPLICATION_ID: secret,
      VONAGE_API_SECRET: secret,
      DOPO_SECRET: secret,
      DOPO_LINK_SECRETS: `${secret},${secret}`,
      DOPO_PAYLOAD_KEYS: `k:${secret}`,
      DOPO_CODEC_TOKEN: secret,
      SHOPIFY_SECRETS: secret,
    };
    expect(problems(env)).toHaveLength(10);
    expect(problems(env).join()).not.toContain(secret);
  });
});

describe('the settings of Vonage', () => {
  it('are all there or none is', () => {
    expect(read(VONAGE).vonage).toEqual({
      applicationId: VONAGE.VONAGE_APPLICATION_ID,
      privateKey: PEM,
      signatureSecrets: [VONAGE.VONAGE_SIGNATURE_SECRET],
      apiUrl: 'https://api.nexmo.com',
    });
    expect(read({}).vonage).toBeUndefined();
  });

  it.each(Object.keys(VONAGE))('without %s are incomplete, whatever is needed', (name) => {
    const env = { ...VONAGE, [name]: undefined };
    expect(problems(env)).toEqual([`${name}: not set, but another of the three VONAGE_ variables is`]);
    expect(problems(env, { database: false, vonage: true })).toEqual([`${name}: not set`]);
  });

  it('include access to the records with both halves of the account key, and not with one', () => {
    const key = { VONAGE_API_KEY: 'abcd1234', VONAGE_API_SECRET: 'hush-hush' };
    expect(read({ ...VONAGE, ...key }).vonage?.records).toEqual({
      apiKey: 'abcd1234',
      apiSecret: 'hush-hush',
      url: 'https://api.nexmo.com',
    });
    for (const half of ['VONAGE_API_KEY', 'VONAGE_API_SECRET'])
      expect(problems({ ...VONAGE, ...key, [half]: '' })).toEqual([
        `${half}: not set, but the other half of the account's key is`,
      ]);
    expect(problems({ ...VONAGE, ...key, VONAGE_API_KEY: 'abcd:1234' })).toEqual([
      'VONAGE_API_KEY: has a colon or a space',
    ]);
  });

  it('are needed by a service that runs by itself', () => {
    expect(problems({}, ALL_NEEDED)).toEqual(
      [...Object.keys(VONAGE), 'DATABASE_URL'].map((name) => `${name}: not set`),
    );
  });

  it('take a private key with its line ends written out', () => {
    const inline = PEM.replaceAll('\n', '\\n');
    expect(inline).not.toContain('\n');
    expect(read({ ...VONAGE, VONAGE_PRIVATE_KEY: inline }).vonage?.privateKey).toBe(PEM);
  });

  it('take the path of a private key', () => {
    const path = join(folder, 'private.key');
    writeFileSync(path, PEM);
    expect(read({ ...VONAGE, VONAGE_PRIVATE_KEY: path }).vonage?.privateKey).toBe(PEM);
  });

  it('refuse what is no private key', () => {
    const path = join(folder, 'public.key');
    writeFileSync(path, PEM.replaceAll('PRIVATE', 'PUBLIC'));
    for (const key of ['nonsense', join(folder, 'missing.key'), path, '-----BEGIN PUBLIC KEY-----'])
      expect(problems({ ...VONAGE, VONAGE_PRIVATE_KEY: key })).toEqual([
        'VONAGE_PRIVATE_KEY: neither a PEM private key nor the path of one',
      ]);
  });
});
