/** Makes the rules of dependency-cruiser from the law (dev/import-law.cjs), and adds those that hold inside folders. */
const { LAYERS, ROOMS_OF_DB } = require('./dev/import-law.cjs');

const escaped = (name) => name.replaceAll('.', '[.]');
const folders = (...names) => names.map((name) => `^${name}/`);
const files = (...names) => names.map((name) => `^${escaped(name)}$`);
const packages = (...names) => names.map((name) => `^node_modules/(@types/)?${name}/`);

/** The path by which dependency-cruiser knows an entry of the law. It names parts of Node without the `node:` prefix. */
function pathOf(entry) {
  if (entry.startsWith('npm:')) return packages(entry.slice(4))[0];
  if (entry.startsWith('node:')) return `^(node:)?${entry.slice(5)}$`;
  return entry.endsWith('.ts') ? files(entry)[0] : folders(entry)[0];
}

const LAYER_RULES = LAYERS.map(([folder, why, allowed]) => ({
  name: `${folder}-imports`,
  comment: why,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: '[.]d[.]ts$' },
  to: { pathNot: [...folders(folder), ...allowed.map(pathOf)] },
}));

const ROOM_RULES = Object.entries(ROOMS_OF_DB).map(([room, below]) => ({
  name: `db-${room.replace('/', '-')}-imports`,
  comment: 'What one room of db/ needs of another goes one way.',
  severity: 'error',
  from: { path: `^db/${room}/` },
  to: { path: '^db/[^/]+/', pathNot: folders(...[room, ...below].map((name) => `db/${name}`)) },
}));

/** `what` may be imported by `importers` alone. */
const reserved = (name, why, what, importers) => ({
  name,
  comment: why,
  severity: 'error',
  from: { pathNot: importers },
  to: { path: what },
});

/** Programs that start things, and tools and tests, may look into everything (but see the rules at the end). */
const TOOLS = [
  ...folders('app', 'bench', 'cli', 'demo', 'dev', 'test'),
  ...files('.dependency-cruiser.cjs', 'main.ts'),
];

const NARROWER = [
  reserved('luxon-in-one-file', 'Pure with `now` and `zone` as arguments.', packages('luxon'), [
    ...files('domain/time/local-time.ts'),
    ...TOOLS,
  ]),
  reserved('phone-numbers-in-one-file', 'Pure; its data is part of the package.', packages('libphonenumber-js'), [
    ...files('domain/contacts/phone.ts'),
    ...TOOLS,
  ]),
  reserved('segments-in-one-file', 'Pure arithmetic.', packages('sms-segments-calculator'), [
    ...files('domain/text/segments.ts'),
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
    ...files('engine/temporal.ts'),
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
    folders('bench', 'cli', 'demo', 'dev'),
    TOOLS,
  ),
  reserved(
    'audit-in-commands',
    'An entry of the audit log stands in the transaction of its change, and a change that is recorded is a command.',
    files('db/access/record-audit.ts'),
    folders('commands', 'test', 'bench'),
  ),
  reserved(
    'one-stop-one-restore',
    'A number is stopped by one verb and opened by one, with their entries in the audit log.',
    files('db/consent/change-suppression.ts'),
    [...files('commands/consent/stop.ts', 'commands/consent/restore.ts'), ...folders('test', 'bench')],
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
  forbidden: [...LAYER_RULES, ...ROOM_RULES, ...NARROWER],
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
