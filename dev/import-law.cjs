/**
 * Who may import whom: one row a folder. A folder may import itself and what its row names, nothing else. `npm test` enforces it
 * (.dependency-cruiser.cjs) and fails when a row allows more than the code uses (test/dev/import-rules.test.ts). docs/architecture.md explains
 * the layers.
 *
 * An entry is a folder (`domain`), a file (`workflows/contract.ts`), a package (`npm:zod`) or a part of Node (`node:crypto`).
 */
/** @type {readonly (readonly [folder: string, why: string, allowed: readonly string[]])[]} */
const LAYERS = [
  [
    'domain',
    'Pure rules: they run in the workflow sandbox, in activities, in the API and in tests.',
    ['npm:luxon', 'npm:libphonenumber-js', 'npm:sms-segments-calculator'],
  ],
  [
    'kit',
    'Tools without a subject: YAML files with the place of a mistake, escaped HTML, tables for people.',
    ['domain/text/missing-value.ts', 'npm:zod', 'npm:yaml', 'node:fs'],
  ],
  ['journeys', 'Journey files and their schema.', ['domain', 'kit/yaml-file.ts', 'npm:zod', 'node:fs', 'node:url']],
  ['brands', 'Brand files and their schema.', ['domain', 'kit/yaml-file.ts', 'npm:zod']],
  [
    'rules',
    'Country rule packs and their schema.',
    [
      'domain',
      'kit/yaml-file.ts',
      'npm:zod',
      'npm:countries-and-timezones',
      'npm:geo-tz',
      'npm:zipcodes',
      'node:crypto',
      'node:fs',
      'node:module',
    ],
  ],
  [
    'templates',
    'Texts by locale.',
    [
      'domain',
      'kit/yaml-file.ts',
      'npm:zod',
      'npm:yaml',
      'npm:liquidjs',
      'npm:tlds',
      'node:fs',
      'node:path',
      'node:url',
    ],
  ],
  ['codec', 'Encrypts what Temporal stores.', ['npm:@temporalio/common', 'node:crypto', 'node:url']],
  ['migrations', 'A migration must not change with the code around it.', ['npm:knex']],
  [
    'db',
    'SQL: one statement or one small read a function.',
    ['domain', 'npm:knex', 'npm:pg', 'node:crypto', 'node:fs', 'node:timers/promises', 'node:url'],
  ],
  [
    'commands',
    'Verbs: one business action is one function and one transaction.',
    ['domain', 'db', 'npm:knex', 'node:crypto', 'node:timers/promises'],
  ],
  ['queries', 'What people ask.', ['domain', 'db', 'npm:knex', 'node:crypto', 'node:stream']],
  [
    'telemetry',
    'The log and the metrics of a process.',
    ['domain', 'db', 'commands', 'queries', 'npm:pino', 'npm:prom-client'],
  ],
  [
    'engine',
    'The client side of Temporal.',
    [
      'domain',
      'db',
      'commands/privacy/erasures.ts',
      'telemetry',
      'workflows/contract.ts',
      'npm:@temporalio/client',
      'npm:@temporalio/common',
      'npm:pino',
      'node:timers/promises',
    ],
  ],
  [
    'workflows',
    'Workflow code runs in a sandbox and is replayed. Of activities it knows the types (rule workflows-know-types-only).',
    ['domain', 'activities', 'npm:@temporalio/workflow', 'npm:@temporalio/common'],
  ],
  [
    'activities',
    'Whether something may be sent now. Dependencies are passed in, config included. Of workflows it knows what runs are called.',
    [
      'domain',
      'db',
      'commands',
      'templates/load.ts',
      'templates/render.ts',
      'vonage/port.ts',
      'vonage/error-codes.ts',
      'workflows/contract.ts',
      'npm:@temporalio/activity',
      'npm:@temporalio/common',
      'node:crypto',
    ],
  ],
  [
    'vonage',
    'All that knows Vonage, and the stand-in for it.',
    [
      'domain/sending/message.ts',
      'domain/sending/provider-error.ts',
      'domain/sending/ledger.ts',
      'kit/html.ts',
      'npm:@vonage/auth',
      'npm:@vonage/messages',
      'npm:jose',
      'npm:zod',
      'node:crypto',
      'node:http',
      'node:https',
      'node:module',
      'node:timers/promises',
      'node:util',
    ],
  ],
  [
    'ingest',
    'One adapter per shop or carrier: verify the signature, map to our events.',
    ['domain/contacts/identity.ts', 'domain/contacts/phone.ts', 'domain/orders/order-id.ts', 'npm:zod', 'node:crypto'],
  ],
  [
    'pages',
    'Server-rendered HTML.',
    [
      'domain',
      'db',
      'commands',
      'queries/privacy/exports.ts',
      'kit/html.ts',
      'npm:koa',
      'npm:@koa/router',
      'npm:zod',
      'node:crypto',
      'node:http',
      'node:module',
    ],
  ],
  [
    'api',
    'HTTP. Of workflows it knows the contract, of Vonage the webhooks.',
    [
      'domain',
      'db',
      'commands',
      'queries',
      'telemetry',
      'engine/fresh-facts.ts',
      'engine/workflows.ts',
      'codec/payload-bytes.ts',
      'ingest/shopify-privacy.ts',
      'pages/koa-router.ts',
      'pages/link.ts',
      'pages/preferences/router.ts',
      'templates/clean/reported.ts',
      'templates/placeholders.ts',
      'vonage/webhooks.ts',
      'workflows/contract.ts',
      'npm:@koa/router',
      'npm:@temporalio/common',
      'npm:koa',
      'npm:koa-helmet',
      'npm:pino',
      'npm:rate-limiter-flexible',
      'npm:zod',
      'node:crypto',
      'node:http',
      'node:net',
      'node:stream',
    ],
  ],
];

/**
 * The folders of db/, lowest first, each with those below that it uses.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const ROOMS_OF_DB = {
  connection: [],
  access: ['connection'],
  addresses: ['connection'],
  outbox: ['connection', 'access'],
  'sending/spend': ['connection'],
  'sending/gate': ['connection', 'sending/spend'],
  'sending/lanes': ['connection', 'sending/gate'],
  consent: ['connection', 'addresses', 'outbox', 'sending/gate'],
  contacts: ['connection', 'addresses', 'outbox', 'sending/gate', 'consent'],
  orders: ['connection', 'access', 'addresses', 'outbox', 'sending/lanes'],
  'sending/ledger': ['connection', 'outbox', 'sending/spend', 'sending/gate', 'sending/lanes', 'orders'],
  conversation: ['connection', 'outbox', 'sending/gate', 'contacts'],
  privacy: ['connection', 'contacts', 'orders'],
  schema: ['connection', 'orders', 'sending/lanes', 'sending/ledger', 'privacy'],
};

module.exports = { LAYERS, ROOMS_OF_DB };
