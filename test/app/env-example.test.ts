import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../app/config.ts';
import { knownSecrets } from '../../app/known-secrets.ts';
import { configNames } from '../helpers/config-names.ts';

/** Settings that hold one. */
const SECRETS = /SECRET|TOKEN|PAYLOAD_KEYS|^DATABASE_(MIGRATION_)?URL/;

/** Every example of a secret with another in its place. */
const byChance = (values: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => SECRETS.test(name))
      .map(([name, value]) => [
        name,
        value
          .replaceAll(/[a-z_-]{10,}/g, (example) => `x${example}`)
          .replace('AAA', 'AAB')
          .replace(':secret@', ':x@'),
      ]),
  );

const lines = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8').split('\n');
const settings = lines.flatMap((line) => {
  const [, name, value] = /^# ?([A-Z_]+)=(.*)$/.exec(line) ?? [];
  return name === undefined || value === undefined ? [] : [{ name, value }];
});

describe('.env.example', () => {
  it('names every variable the service reads, and no other', () => {
    expect(settings.map(({ name }) => name).toSorted()).toEqual(configNames());
  });

  it('sets nothing by itself: a copy of it changes nothing', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('shows the defaults where there are any', () => {
    const needs = { database: false, vonage: false };
    const optional =
      /^(DATABASE_(MIGRATION_)?URL|TEMPORAL_|VONAGE_(APPLICATION_ID|PRIVATE_KEY|SIGNATURE_SECRET|API_KEY|API_SECRET)|DOPO_(SECRET|PAYLOAD_KEYS|CODEC_TOKEN|CODEC_ORIGIN)|DOPO_LINK_SECRETS|EVIDENCE_FOLDER|SHOPIFY_SECRETS|SHOPIFY_DOMAINS)/;
    const shown = settings.filter(({ name }) => !optional.test(name));
    expect(readConfig(Object.fromEntries(shown.map(({ name, value }) => [name, value])), needs)).toEqual(
      readConfig({}, needs),
    );
  });

  it('shows values of the right shape for what has no default', () => {
    const pem = '-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----';
    const values = Object.fromEntries(
      settings.map(({ name, value }) => [name, name === 'VONAGE_PRIVATE_KEY' ? pem : value]),
    );
    expect(() => readConfig({ ...values, ...byChance(values) }, { database: true, vonage: true })).not.toThrow();
  });

  it('shows no secret that anything starts with', () => {
    const examples = settings.filter(({ name }) => SECRETS.test(name));
    expect(examples.length).toBeGreaterThan(6);
    for (const { name, value } of examples)
      expect([name, knownSecrets({ [name]: value })]).toEqual([name, [expect.stringContaining(`${name}: an example`)]]);
  });
});
