/**
 * Who may import whom. This file is the architecture: docs/architecture.md explains it, `npm test` enforces it.
 *
 * Each folder has a list of what it may import; whatever is not on the list is an error. A package is added to a row when the
 * folder first needs it, in a change that can be read.
 */

/** Everything Node brings with it. dependency-cruiser names these modules without the `node:` prefix. */
const ANY_NODE_MODULE = require('node:module').builtinModules.join('|');

const folders = (...names) => names.map((name) => `^${name}/`);
const files = (...names) => names.map((name) => `^${name.replaceAll('.', '[.]')}$`);
const packages = (...names) => names.map((name) => `^node_modules/(@types/)?${name}/`);
const node = (names = ANY_NODE_MODULE) => [`^(node:)?(${names})$`];

/** `folder` may import itself and what is listed. */
const only = (folder, why, ...allowed) => ({
  name: `${folder}-imports`,
  comment: why,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: '[.]d[.]ts$' },
  to: { pathNot: [...folders(folder), ...allowed.flat()] },
});

/** `what` may be imported by `importers` alone. */
const reserved = (name, why, what, importers) => ({
  name,
  comment: why,
  severity: 'error',
  from: { pathNot: importers },
  to: { path: what },
});

/** Reads a YAML file and points at the line and column of a mistake; what journeys, brands, rules and templates share. */
const YAML_FILE = files('yaml-file.ts');

/** HTML in which every value is escaped; what the pages and the stand-in's phones share. */
const HTML_FILE = files('html.ts');

/** Tools and tests may look into everything (but see the rules at the end). */
const TOOLS = folders('scripts', 'bench', 'drills', 'demo', 'test');

const ROWS = [
  only(
    'domain',
    'Pure rules: they run in the workflow sandbox, in activities, in the API and in tests. The packages have one file each, below.',
    packages('luxon', 'libphonenumber-js', 'sms-segments-calculator'),
  ),
  only('journeys', 'Journey files and their schema.', folders('domain'), YAML_FILE, packages('zod', 'yaml'), node()),
  only('brands', 'Brand files and their schema.', folders('domain'), YAML_FILE, packages('zod', 'yaml'), node()),
  only(
    'rules',
    'Country rule packs and their schema.',
    folders('domain'),
    YAML_FILE,
    packages('zod', 'yaml', 'countries-and-timezones', 'geo-tz', 'zipcodes'),
    node(),
  ),
  only(
    'templates',
    'Texts by locale.',
    folders('domain'),
    YAML_FILE,
    packages('zod', 'yaml', 'liquidjs', 'tlds'),
    node(),
  ),
  only(
    'workflows',
    'Workflow code runs in a sandbox and is replayed. Of activities it may know the types (rule workflows-know-types-only).',
    folders('domain', 'activities'),
    packages('@temporalio/workflow', '@temporalio/common'),
  ),
  only(
    'activities',
    'Whether something may be sent now. Dependencies are passed in, config included. Of workflows it knows what runs are called.',
    folders('domain', 'db', 'vonage', 'templates', 'rules'),
    files('workflows/contract.ts'),
    packages('@temporalio/activity', '@temporalio/common'),
    node('crypto'),
  ),
  only(
    'vonage',
    'All that knows Vonage, and the stand-in for it.',
    folders('domain'),
    HTML_FILE,
    packages('@vonage/[^/]+', 'jose', 'zod'),
    node(),
  ),
  only(
    'ingest',
    'One adapter per shop or carrier: verify the signature, map to our events.',
    folders('domain'),
    packages('zod'),
    node('crypto'),
  ),
  only('db', 'Plain functions that take the database.', folders('domain'), packages('knex', 'pg'), node()),
  only('migrations', 'A migration must not change with the code around it.', packages('knex')),
  only(
    'codec',
    'Encrypts what Temporal stores. Its failure converter is part of the workflow bundle.',
    packages('@temporalio/common'),
    node('crypto|url'),
  ),
  only(
    'api',
    'HTTP. Of workflows it knows the contract, of Vonage the webhooks.',
    folders('domain', 'db', 'ingest', 'journeys', 'brands', 'rules', 'templates', 'pages', 'codec'),
    files('workflows/contract.ts', 'vonage/webhooks.ts', 'vonage/webhook-signature.ts'),
    packages('koa', '@koa/router', 'koa-helmet', 'zod', 'jose', 'pino', 'prom-client', 'rate-limiter-flexible'),
    packages('@temporalio/client', '@temporalio/common', '@temporalio/envconfig'),
    node(),
  ),
  only(
    'pages',
    'Server-rendered HTML.',
    folders('domain', 'db'),
    HTML_FILE,
    packages('koa', '@koa/router', 'zod'),
    node('crypto|http|module'),
  ),
];

/** The folders of db/, lowest first, each with those below that it uses. All of them share the files of db/ itself. */
const IN_DB = {
  spend: [],
  gate: ['spend'],
  lanes: ['gate'],
  consents: ['gate'],
  contacts: ['gate', 'consents'],
  orders: ['gate', 'contacts'],
  ledger: ['spend', 'gate', 'lanes', 'consents', 'orders'],
  inbound: ['gate', 'consents', 'contacts', 'orders', 'ledger'],
  privacy: ['consents', 'contacts', 'orders'],
};

const DB_ROWS = Object.entries(IN_DB).map(([folder, below]) => ({
  name: `db-${folder}-imports`,
  comment: 'What one folder of db/ needs of another goes one way.',
  severity: 'error',
  from: { path: `^db/${folder}/` },
  to: { path: '^db/[^/]+/', pathNot: folders(...[folder, ...below].map((name) => `db/${name}`)) },
}));

const NARROWER = [
  reserved('luxon-in-one-file', 'Pure with `now` and `zone` as arguments.', packages('luxon'), [
    ...files('domain/local-time.ts'),
    ...TOOLS,
  ]),
  reserved('phone-numbers-in-one-file', 'Pure; its data is part of the package.', packages('libphonenumber-js'), [
    ...files('domain/phone.ts'),
    ...TOOLS,
  ]),
  reserved('segments-in-one-file', 'Pure arithmetic.', packages('sms-segments-calculator'), [
    ...files('domain/segments.ts'),
    ...TOOLS,
  ]),
  {
    name: 'workflows-know-types-only',
    comment: 'A value of an activity in the bundle would pull the database into the sandbox.',
    severity: 'error',
    from: { path: '^workflows/' },
    to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
  },
  reserved('temporal-client-in-one-file', 'One lazy connection, one place.', packages('@temporalio/client'), [
    ...files('api/temporal.ts'),
    ...TOOLS,
  ]),
  reserved('vonage-packages-stay-in-vonage', 'One port to the provider.', packages('@vonage/[^/]+'), [
    '^vonage/',
    '^node_modules/',
  ]),
  reserved(
    'nobody-imports-tests',
    'Tests depend on the code, never the reverse. (Their runner reads which fixtures there are.)',
    folders('test'),
    [...folders('test'), ...files('vitest.config.ts')],
  ),
  reserved(
    'nobody-imports-tools',
    'The service runs without its tools.',
    folders('scripts', 'bench', 'drills', 'demo'),
    TOOLS,
  ),
  reserved('nobody-imports-main', 'The entry starts things; importing it would too.', files('main.ts'), ['^$']),
  {
    name: 'no-cycles',
    comment: 'Two files that need each other are one file, or three.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'everything-resolves',
    comment: 'An import that is not found would escape every other rule.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];

module.exports = {
  forbidden: [...ROWS, ...DB_ROWS, ...NARROWER],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^data/' },
    // Type-only imports are seen, and told from the others.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.cjs', '.js', '.json', '.d.ts'],
    },
  },
};
