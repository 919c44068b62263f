import { DCLinter } from 'dclint';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../config.ts';
import { searchAttributes } from '../scripts/installation.ts';
import { configNames } from './helpers/config-names.ts';

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

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const file = compose.parse(parse(read('docker-compose.yml'), { merge: true }));
const services = Object.entries(file.services);
const serviceOf = (name: string): z.output<typeof service> => service.parse(file.services[name]);

/** A job of Temporal's tools is there to end; everything else is there to stay. */
const isJob = ({ image = '' }: z.output<typeof service>): boolean => image.startsWith('temporalio/admin-tools:');

/** The image's HEALTHCHECK asks the API, so it is one for whoever runs the API. */
const isChecked = ({ command = [], healthcheck }: z.output<typeof service>): boolean =>
  healthcheck?.disable !== true && (healthcheck?.test !== undefined || command.includes('api'));

describe('docker-compose.yml', () => {
  it('runs every service from a pinned image or from the Dockerfile', () => {
    for (const [name, { image, build }] of services) {
      expect(image ?? build, name).toBeDefined();
      if (build === undefined) expect(image, name).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?$/);
    }
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
    const { command = [] } = serviceOf('vonage');
    for (const name of ['api', 'worker']) {
      const { environment } = serviceOf(name);
      expect(command).toContain(`--application-id=${environment['VONAGE_APPLICATION_ID']}`);
      expect(command).toContain(`--key-file=${environment['VONAGE_PRIVATE_KEY']}`);
      expect(command).toContain(`--signature-secret=${environment['VONAGE_SIGNATURE_SECRET']}`);
      expect(command).toContain(`--api-key=${environment['VONAGE_API_KEY']}`);
      expect(command).toContain(`--api-secret=${environment['VONAGE_API_SECRET']}`);
      expect(environment['VONAGE_REPORTS_URL']).toBe(environment['VONAGE_API_URL']);
    }
  });

  it('runs Temporal on more than a handful of history shards, which nobody can change later', () => {
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
    expect(dockerfile.split('\n').findLast((line) => line.startsWith('USER '))).toBe('USER node');
  });

  it('has what the services of docker-compose.yml run', () => {
    const ignored = read('.dockerignore').split('\n');
    const programs = services.flatMap(([, { build, command = [] }]) =>
      build === undefined ? [] : command.slice(0, 1),
    );
    for (const program of programs) {
      expect(read(program), program).not.toBe('');
      expect(ignored, program).not.toContain(program.split('/')[0]);
    }
  });
});

interface Finding {
  readonly rule: string;
  readonly message: string;
}

/** What a parser with the Compose specification's own schema has against a file; its taste in quotes and order apart. */
function refusals(path: string): string[] {
  const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
  const results: readonly { readonly messages: readonly Finding[] }[] = linter.lintFiles([path], false);
  const messages = results.flatMap((result) => result.messages);
  return messages.filter(({ rule }) => rule.startsWith('invalid-')).map(({ message }) => message);
}

describe('a parser of the Compose specification', () => {
  it('accepts the file', () => {
    expect(refusals(fileURLToPath(new URL('../docker-compose.yml', import.meta.url)))).toEqual([]);
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
