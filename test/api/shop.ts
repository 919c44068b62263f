/** The real app on a port with a database of its own, and a shop that calls it. Workflows are not running: facts stay in the inbox. */
import pino from 'pino';
import { createApp, createOpsApp, routesOf } from '../../api/http/app.ts';
import { appDeps } from '../../app/api.ts';
import type { AppDeps } from '../../api/http/deps.ts';
import type { ServerLimits } from '../../api/http/http-server.ts';
import { SERVER_LIMITS, startServer } from '../../api/http/http-server.ts';
import { RATES } from '../../api/http/rate-limits.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { temporalWorkflows } from '../../engine/temporal.ts';
import { createApiKey } from '../../commands/access/api-keys.ts';
import { saveBrand } from '../../commands/orders/save-brand.ts';
import type { Db } from '../../db/connection/connect.ts';
import { connect } from '../../db/connection/connect.ts';
import type { Brand } from '../../domain/orders/brand.ts';
import { SCOPES } from '../../domain/access/scope.ts';
import { rules } from '../helpers/rules.ts';
import { signWebhook } from '../../vonage/fake/webhooks.ts';
import { engineAway } from '../helpers/away.ts';
import type { Contract } from '../helpers/contract.ts';
import { contractOf } from '../helpers/contract.ts';
import { keys, storeOf } from '../helpers/keys.ts';
import { ORDER_TIME } from '../helpers/orders.ts';
import { createTestDatabase } from '../helpers/postgres.ts';

export const WEBHOOK_SECRET = 'a-signature-secret-of-thirty-two-bytes';
/** The application whose webhooks are taken. */
const APPLICATION = '00000000-0000-4000-8000-0000000000a1';
/** The secret with which the shop of `bottega` signs its webhooks. */
export const SHOP_SECRET = 'shpss_of-these-tests';
export const SHOP_DOMAIN = 'sole.myshopify.example';

export function validBrand(overrides: Partial<Brand> = {}): Brand {
  return {
    id: 'bottega',
    name: 'Bottega Sole',
    sender: '+393399957001',
    locale: 'it',
    country: 'IT',
    zone: 'Europe/Rome',
    links: {
      support: 'https://sole.example/aiuto',
      review: 'https://sole.example/parere',
      loyalty: 'https://sole.example/club',
      preferences: 'https://sole.example/scelte',
      shop: 'https://sole.example',
    },
    products: [{ match: ['MOKA-3'], cycle: 'long', guideUrl: 'https://sole.example/g/moka' }],
    ...overrides,
  };
}

/** JSON as it came: what is in it is what a test is about. */
export type AnsweredJson = ReturnType<typeof JSON.parse>;

export interface ApiReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnsweredJson;
}

export interface Shop {
  readonly url: string;
  readonly db: Db;
  /** For another handle to the same database. */
  readonly databaseUrl: string;
  /** The database as its owner sees it, for what the service may not do. */
  readonly owner: Db;
  /** A key of the brand `bottega`, and one of `altrove`. */
  readonly key: string;
  readonly strangersKey: string;
  /** Everything that was logged, as JSON lines. */
  readonly logged: readonly string[];
  readonly routes: ReturnType<typeof routesOf>;
  readonly clock: { at: number };
  /** The number of times that the drainer was woken. */
  readonly wakes: { count: number };
  get(path: string, key?: string | null): Promise<ApiReply>;
  /** On the port of operators. */
  ops(path: string): Promise<ApiReply>;
  /** A string or bytes are sent as they are. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<ApiReply>;
  /** A webhook signed as the provider signs. */
  webhook(kind: 'status' | 'inbound', body: unknown): Promise<ApiReply>;
  close(): Promise<void>;
}

export async function openShop(overrides: Partial<AppDeps> = {}, limits: Partial<ServerLimits> = {}): Promise<Shop> {
  const database = await createTestDatabase();
  const db = connect(database.url);
  const owner = connect(database.migrationUrl, { poolMax: 2 });
  const clock = { at: ORDER_TIME };
  const logged: string[] = [];
  const wakes = { count: 0 };
  const { deps, url, opsUrl, close } = await serve(
    db,
    {
      clock: { now: () => clock.at },
      wakeDrainer: () => (wakes.count += 1),
      log: pino({ level: 'trace' }, { write: (line: string) => logged.push(line) }),
      ...overrides,
    },
    limits,
  );
  await saveBrand(db, validBrand(), clock.at);
  await saveBrand(db, validBrand({ id: 'altrove', name: 'Altrove', sender: '+393399957002' }), clock.at);
  const key = await createApiKey(db, { brand: 'bottega', label: 'test', scopes: SCOPES }, clock.at);
  const strangersKey = await createApiKey(db, { brand: 'altrove', label: 'test', scopes: SCOPES }, clock.at);

  /** Made for the first answer. */
  let contract: Contract | undefined;
  const send = async (path: string, init: RequestInit, to = url): Promise<ApiReply> => {
    const response = await fetch(to + path, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const body = isJson ? JSON.parse(text) : text;
    if (isJson && to === url) {
      contract ??= contractOf(await describedBy(deps));
      contract.check({ method: init.method ?? 'GET', path, status: response.status, body });
    }
    return { status: response.status, headers: response.headers, body };
  };
  const raw = (body: unknown): string | Uint8Array<ArrayBuffer> =>
    typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body);

  return {
    url,
    db,
    databaseUrl: database.url,
    owner,
    key,
    strangersKey,
    logged,
    routes: routesOf(deps),
    clock,
    wakes,
    get: (path, asked = key) => send(path, { headers: asked === null ? {} : { authorization: `Bearer ${asked}` } }),
    ops: (path) => send(path, {}, opsUrl),
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: raw(body),
      }),
    async webhook(kind, body) {
      const bytes = typeof body === 'string' ? body : JSON.stringify(body);
      const signer = { clock: { now: () => clock.at }, signatureSecret: WEBHOOK_SECRET, apiKey: 'abcd1234' };
      const authorization = await signWebhook(bytes, signer);
      return send(`/webhooks/vonage/${kind}`, { method: 'POST', headers: { authorization }, body: bytes });
    },
    async close() {
      await close();
      await owner.destroy();
      await database.drop();
    },
  };
}

/** The description that the app serves. */
async function describedBy(deps: AppDeps): Promise<AnsweredJson> {
  const route = routesOf(deps).find(({ path }) => path === '/openapi.json');
  if (route?.access !== 'open') throw new Error('no description');
  const head = { authorization: undefined, header: () => '', id: '', now: 0, rawBody: Buffer.alloc(0) };
  return JSON.parse(String((await route.run(head)).body));
}

/** The app on a port. `close` ends its database handle too. */
export async function serve(
  db: Db,
  overrides: Partial<AppDeps> = {},
  limits: Partial<ServerLimits> = {},
): Promise<{ deps: AppDeps; url: string; opsUrl: string; close(): Promise<void> }> {
  // Commands meet an engine that is away.
  const temporal = engineAway();
  const parts = {
    ...storeOf(db),
    clock: { now: () => ORDER_TIME },
    rules,
    keys,
    log: pino({ level: 'silent' }),
    workflows: temporalWorkflows(temporal.client),
    webhookSecrets: [WEBHOOK_SECRET],
    applicationId: APPLICATION,
  };
  const deps: AppDeps = {
    ...appDeps(
      parts,
      { shops: new Map([['bottega', { secrets: [SHOP_SECRET], domain: SHOP_DOMAIN }]]) },
      { wake: () => {} },
      createMetrics(db, rules.packs, overrides.clock ?? parts.clock),
    ),
    // A test asks faster than a shop does.
    rates: { ...RATES, perKey: 10_000, perBrand: 10_000 },
    ...overrides,
  };
  // A request of a test that has computed for longer than a kept connection lives would meet one that is closing.
  const at = { host: '127.0.0.1', port: 0, limits: { ...SERVER_LIMITS, keepAliveMs: 600_000, ...limits } };
  const server = await startServer(createApp(deps).callback(), at);
  const ops = await startServer(createOpsApp(deps).callback(), at);
  const close = async () => {
    await Promise.all([server.stop(0), ops.stop(0)]);
    await temporal.close();
    await db.destroy();
  };
  return { deps, url: server.url, opsUrl: ops.url, close };
}
