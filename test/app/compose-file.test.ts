import { DCLinter } from 'dclint';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../app/config.ts';
import { searchAttributes } from '../../dev/installation.ts';
import { MEMORY } from '../../dev/programs.ts';
import { configNames } from '../helpers/config-names.ts';

const CONDITIONS = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;

const service = z.object({
  image: z.string().optional(),
  build: z.string().optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  restart: z.string().optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.enum(CONDITIONS) })).default({}),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.object({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }).optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  configs: z.array(z.object({ source: z.string() })).default([]),
  networks: z.array(z.string()).default([]),
});

const compose = z.object({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()).default({}),
  configs: z.record(z.string(), z.object({ content: z.string() })).default({}),
  networks: z.record(z.string(), z.unknown()).default({}),
});

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const written = compose.parse(parse(read('docker-compose.yml'), { merge: true }));

/** Variables as Compose fills them in: each has a value of its own. */
const filledIn = (text: string): string =>
  text.replaceAll(/\$\{([A-Z_]+):\?[^}]+\}/g, (_, name: string) =>
    `${name}-of-this-test-and-long-enough`.toLowerCase(),
  );
const file = compose.parse(parse(filledIn(read('docker-compose.yml')), { merge: true }));
const services = Object.entries(file.services);
const serviceOf = (name: string): z.output<typeof service> => service.parse(file.services[name]);

/** An exact version, and perhaps the digest of it: `latest`, `18` or a branch is another image tomorrow. */
const PINNED = /^[\w./-]+:\d+\.\d+(\.\d+)?(-[a-z-]+)?(@sha256:[0-9a-f]{64})?$/;

/** A job of Temporal's tools is there to end; everything else is there to stay. */
const isJob = ({ image = '' }: z.output<typeof service>): boolean => image.startsWith('temporalio/admin-tools:');

/** The image's HEALTHCHECK asks the API, so it is for the services that run the API. */
const isChecked = ({ command = [], healthcheck }: z.output<typeof service>): boolean =>
  healthcheck?.disable !== true && (healthcheck?.test !== undefined || command.includes('api'));

describe('docker-compose.yml', () => {
  it('runs every service from a pinned image or from the Dockerfile', () => {
    for (const [name, { image, build }] of services) {
      expect(image ?? build, name).toBeDefined();
      if (build === undefined) expect(image, name).toMatch(PINNED);
    }
  });

  it('has no secret in clear: each comes from a variable, without which nothing starts', () => {
    const secrets = Object.values(written.services).flatMap(({ environment }) =>
      Object.entries(environment).filter(([name]) => /SECRET|PASSWORD|PWD|DATABASE_URL/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(8);
    for (const [name, value] of secrets)
      expect([name, value]).toEqual([name, expect.stringMatching(/\$\{STACK_[A-Z_]+:\?/)]);
    expect(read('docker-compose.yml')).not.toMatch(/--[a-z-]*secret/);
  });

  it('has a role for the service that owns no table; the owner’s password is known to the process that migrates alone', () => {
    const rolesOf = (name: string): string[] =>
      Object.entries(serviceOf(name).environment)
        .filter(([setting]) => setting.startsWith('DATABASE_'))
        .map(([setting, url]) => `${setting} ${new URL(url).username}`)
        .toSorted();
    expect(rolesOf('worker')).toEqual(['DATABASE_URL dopo_service']);
    expect(rolesOf('api')).toEqual(['DATABASE_MIGRATION_URL dopo', 'DATABASE_URL dopo_service']);
    const passwords = [serviceOf('api').environment].flatMap((settings) =>
      [settings['DATABASE_URL'], settings['DATABASE_MIGRATION_URL']].map((url) => new URL(url ?? '').password),
    );
    expect(new Set(passwords).size).toBe(2);
  });

  it('is given every variable it needs by the command of the manual', () => {
    const needed = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
    const made = /for name in ([A-Z_ ]+); do/.exec(read('docs/operations.md'))?.[1]?.split(' ');
    expect(new Set(made)).toEqual(new Set(needed));
  });

  it('does not use the unmaintained auto-setup image of Temporal', () => {
    expect(read('docker-compose.yml')).not.toContain('auto-setup');
  });

  it("gives Temporal's server and its tools the same version", () => {
    const versions = services.flatMap(
      ([, { image }]) => /^temporalio\/(?:server|admin-tools):(.+)$/.exec(image ?? '')?.[1] ?? [],
    );
    expect(versions.length).toBeGreaterThan(1);
    expect(new Set(versions).size).toBe(1);
  });

  it('waits only for services that exist: jobs to end well, servers to be healthy', () => {
    for (const [name, { depends_on }] of services)
      for (const [target, { condition }] of Object.entries(depends_on)) {
        expect(Object.keys(file.services), `${name} waits for ${target}`).toContain(target);
        const job = isJob(serviceOf(target));
        expect(condition, `${name} waits for ${target}`).toBe(
          job ? 'service_completed_successfully' : 'service_healthy',
        );
        if (!job) expect(isChecked(serviceOf(target)), `${target} has a health check`).toBe(true);
      }
  });

  it('starts without a circle of services that wait for each other', () => {
    const reaches = (from: string, seen: readonly string[] = []): boolean =>
      Object.keys(serviceOf(from).depends_on).some((to) => seen.includes(to) || reaches(to, [...seen, to]));
    expect(services.map(([name]) => name).filter((name) => reaches(name, [name]))).toEqual([]);
  });

  it('registers exactly the search attributes that the workflows set, with their types', () => {
    const script = serviceOf('temporal-search-attributes').command?.[0] ?? '';
    const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name = '', type = '']) => [
      name,
      type,
    ]);
    expect(Object.fromEntries(registered)).toEqual(searchAttributes);
    expect(serviceOf('api').depends_on).toHaveProperty('temporal-search-attributes');
  });

  it('passes api and worker only variables that the service or the Temporal client reads', () => {
    for (const name of ['api', 'worker']) {
      const unknown = Object.keys(serviceOf(name).environment).filter(
        (one) => !configNames().includes(one) && !/^TEMPORAL_[A-Z_]+$/.test(one),
      );
      expect(unknown, name).toEqual([]);
    }
  });

  it('configures api and worker completely', () => {
    for (const name of ['api', 'worker']) {
      const environment = { ...serviceOf(name).environment, VONAGE_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\\n' };
      expect(readConfig(environment, { database: true, vonage: true, secret: true }).temporal, name).toBe(true);
    }
  });

  it('gives the fake Vonage the account that api and worker use', () => {
    const { command = [], environment: known } = serviceOf('vonage');
    expect(Object.keys(known)).toHaveLength(4);
    for (const name of ['api', 'worker']) {
      const { environment } = serviceOf(name);
      expect(command).toContain(`--key-file=${environment['VONAGE_PRIVATE_KEY']}`);
      for (const setting of Object.keys(known))
        expect([setting, known[setting]]).toEqual([setting, environment[setting]]);
      expect(environment['VONAGE_REPORTS_URL']).toBe(environment['VONAGE_API_URL']);
    }
  });

  it('runs Temporal on more than a handful of history shards, whose number cannot be changed later', () => {
    expect(serviceOf('temporal').environment['NUM_HISTORY_SHARDS']).toBe('512');
  });

  it('declares every volume, config and network that a service uses', () => {
    for (const [name, { volumes, configs, networks }] of services) {
      for (const volume of volumes) expect(Object.keys(file.volumes), name).toContain(volume.split(':')[0]);
      for (const { source } of configs) expect(Object.keys(file.configs), name).toContain(source);
      for (const network of networks) expect(Object.keys(file.networks), name).toContain(network);
    }
  });

  it('opens each port once, and to this machine only', () => {
    const ports = services.flatMap(([, one]) => one.ports);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    const published = ports.map((port) => port.split(':')[1]);
    expect(new Set(published).size).toBe(published.length);
  });
});

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  it('runs the Node version of package.json, not as root', () => {
    const { devDependencies } = z
      .object({ devDependencies: z.object({ node: z.string() }) })
      .parse(JSON.parse(read('package.json')));
    expect(dockerfile).toContain(`FROM node:${devDependencies.node}-bookworm-slim`);
    for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(PINNED);
    expect(dockerfile.split('\n').findLast((line) => line.startsWith('USER '))).toBe('USER node');
  });

  /** Files that a program reads, by its imports, those of its imports included. */
  function filesOf(path: string, seen = new Set<string>()): Set<string> {
    if (seen.has(path)) return seen;
    seen.add(path);
    for (const [, imported = ''] of read(path).matchAll(
      /(?:^(?:import|export)\s[^;]*?from |\bimport\()'([.][^']+)'/gms,
    ))
      filesOf(posix.join(posix.dirname(path), imported), seen);
    return seen;
  }
  const copied = [...dockerfile.matchAll(/^COPY (\S+) \.\/\1$/gm)].map(([, folder = '']) => folder);
  const allowed = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const programs = [
    'main.ts',
    ...services.flatMap(([, { build, command = [] }]) => (build === undefined ? [] : command.slice(0, 1))),
    ...[...read('docs/operations.md').matchAll(/exec api node (cli\/\S+)/g)].map(([, program = '']) => program),
  ];
  const ofTypesAlone = /^dev\/servers\//;

  it('copies every folder that the programs of the image import from, and those they read', () => {
    const files = programs.flatMap((program) => [...filesOf(program)]).filter((file) => !ofTypesAlone.test(file));
    expect(files.length).toBeGreaterThan(100);
    const folders = new Set([
      ...files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]),
      'migrations',
    ]);
    for (const folder of folders) expect(copied, folder).toContain(folder);
    expect(dockerfile).toMatch(/^COPY main\.ts \.\/$/m);
  });

  it('has the workflow code ready, for plain and for encrypted payloads', () => {
    const builds = [...dockerfile.matchAll(/node (app\/runtime\/bundle-workflows\.ts(?: --encode-failures)?)/g)];
    expect(builds.map(([, line]) => line)).toEqual([
      'app/runtime/bundle-workflows.ts',
      'app/runtime/bundle-workflows.ts --encode-failures',
    ]);
  });

  it('gives freed memory back as the programs of the drills and benches do', () => {
    for (const [name, value] of Object.entries(MEMORY)) expect(dockerfile).toContain(`${name}=${value}`);
  });

  it('runs files without their types, taken out when it was built', () => {
    expect(dockerfile).toContain('RUN node app/runtime/strip-types.mjs\n');
    expect(dockerfile).toMatch(/^ENTRYPOINT \[.*"--import", "\.\/app\/runtime\/stripped-types\.mjs"\]$/m);
  });

  it('copies by name only, and what .dockerignore lets through is the same', () => {
    const all = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '));
    expect(all.filter((source) => source === '.' || source === '*')).toEqual([]);
    expect(allowed[0]).toBe('*');
    const through = allowed.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(through.toSorted()).toEqual(all.toSorted());
  });

  it('never takes a key or a file of settings in, wherever it lies, nor does git', () => {
    const last = allowed.findLastIndex((line) => line.startsWith('!'));
    for (const secret of ['**/.*', '**/*.key', '**/*.pem', '**/*.p12', '**/*.pfx'])
      expect(allowed.indexOf(secret)).toBeGreaterThan(last);
    const ignored = read('.gitignore').split('\n');
    for (const secret of ['.env', '.env.*', '*.key', '*.pem', '*.p12', '*.pfx']) expect(ignored).toContain(secret);
  });
});

interface Finding {
  readonly rule: string;
  readonly message: string;
}

/** Errors of a file by the Compose specification's own schema, without rules of style. */
function refusals(path: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
  const results: readonly { readonly messages: readonly Finding[] }[] = linter.lintFiles([path], false);
  const messages = results.flatMap((result) => result.messages);
  return messages.filter(({ rule }) => rule.startsWith('invalid-')).map(({ message }) => message);
}

describe('a parser of the Compose specification', () => {
  it('accepts the file', () => {
    expect(refusals(fileURLToPath(new URL('../../docker-compose.yml', import.meta.url)))).toEqual([]);
  });

  it('refuses one with a service key that does not exist', () => {
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    const broken = read('docker-compose.yml').replace('    image:', '    imagee: nothing\n    image:');
    writeFileSync(join(folder, 'docker-compose.yml'), broken);
    try {
      expect(refusals(join(folder, 'docker-compose.yml'))).toHaveLength(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
