import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseYaml, FileMistakes } from '../../kit/yaml-file.ts';
import { wordsFile } from '../../rules/words.ts';
import { zonesFile } from '../../rules/zones.ts';

const schema = z.strictObject({ name: z.string(), list: z.array(z.strictObject({ n: z.int() })).default([]) });

function mistakes(text: string, of: z.ZodType = schema): string[] {
  try {
    parseYaml(text, 'a.yaml', of);
  } catch (error) {
    if (error instanceof FileMistakes) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('rule files', () => {
  it('a right file is read with its defaults', () => {
    expect(parseYaml('name: a\n', 'a.yaml', schema).value).toEqual({ name: 'a', list: [] });
  });

  it('an unknown key is refused where it stands', () => {
    expect(mistakes('name: a\nlist:\n  - n: 1\n    m: 2\nother: 1\n')).toEqual([
      'a.yaml:4:5 list.0.m: unknown key',
      'a.yaml:5:1 other: unknown key',
    ]);
  });

  it('a wrong value is named with line and column', () => {
    expect(mistakes('name: a\nlist:\n  - n: one\n')[0]).toMatch(/^a\.yaml:3:5 list\.0\.n: /);
    expect(mistakes('name: a\nlist: [{ n: 1 }, 7]\n')[0]).toMatch(/^a\.yaml:2:18 list\.1: /);
  });

  it('a missing key is shown at what should hold it', () => {
    expect(mistakes('list: []\n')[0]).toMatch(/^a\.yaml:1:1 name: /);
    expect(mistakes('name: a\nlist:\n  - {}\n')[0]).toMatch(/^a\.yaml:3:5 list\.0\.n: /);
    expect(mistakes('')[0]).toMatch(/^a\.yaml:1:1 Invalid input/);
  });

  it('broken YAML and a key written twice are refused with line and column', () => {
    expect(mistakes('name: a\nname: b\n')[0]).toMatch(/^a\.yaml:2:1 /);
    expect(mistakes('name: [a\n')[0]).toMatch(/^a\.yaml:\d+:\d+ /);
  });

  it('a zone that does not exist and a state listed twice are refused', () => {
    expect(mistakes('IT: { zones: [Europe/Roma] }\n', zonesFile)).toEqual(['a.yaml:1:15 IT.zones.0: not a time zone']);
    const twice = 'IT:\n  zones: [Europe/Rome]\n  regions:\n    - { in: [MI, MI], zones: [] }\n';
    expect(mistakes(twice, zonesFile)).toEqual(['a.yaml:4:18 IT.regions.0.in.1: MI stands twice']);
  });

  it('keywords of an unknown kind are refused', () => {
    expect(mistakes('scale: { pause: [WAIT] }\n', wordsFile).join()).toMatch(/a\.yaml:1:10 scale\.pause: unknown key/);
  });
});
