import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPacks } from '../../rules/load-packs.ts';
import { packFile } from '../../rules/pack-schema.ts';
import { FileMistakes, parseYaml } from '../../kit/yaml-file.ts';

const HEAD = `id: IT
parent: default
name: Italy
asOf: 2026-11-21
reviewBy: 2027-05-21
disclaimer: Not legal advice.
rows:
`;

/** A row of eight lines whose rule is on line 11 of the file. */
function row(rule: string, more = '', id = 'it.one', classes = 'promotional'): string {
  return `  - id: ${id}
    classes: [${classes}]
    says: It is so.
    rule: ${rule}
    basis: statute
    confidence: B
    sources: [{ title: A law, seen: 2026-11-21 }]
${more}`;
}

function mistakes(text: string): string[] {
  try {
    parseYaml(text, 'IT.yaml', packFile);
  } catch (error) {
    if (error instanceof FileMistakes) return error.message.split('\n');
    throw error;
  }
  return [];
}

const window = (days: string, from: string, to: string): string => `{ days: ${days}, from: '${from}', to: '${to}' }`;
const hours = (...windows: readonly string[]): string => `{ kind: hours, windows: [${windows.join(', ')}] }`;

describe('a pack with a mistake is refused, with line and column', () => {
  it('a right one is read', () => {
    expect(mistakes(HEAD + row(hours(window('[1, 2]', '09:00', '20:00'))))).toEqual([]);
  });

  it.each([
    ['an unknown field', row('{ kind: reconfirm, every: P2Y, often: true }'), '11:42 rows.0.rule.often: unknown key'],
    [
      'an unknown field of a row',
      row('{ kind: reconfirm, every: P2Y }', '    note: x\n'),
      '15:5 rows.0.note: unknown key',
    ],
    ['an unknown kind of rule', row('{ kind: ringtone, every: P2Y }'), '11:13 rows.0.rule.kind: not a kind of rule'],
    [
      'an unknown kind of text rule',
      row('{ kind: text, text: { kind: rhyme } }'),
      '11:33 rows.0.rule.text.kind: not a kind of text rule',
    ],
    [
      'a label that is longer than segments are counted with',
      row("{ kind: text, text: { kind: label, exact: '(advertising)' } }"),
      '11:46 rows.0.rule.text.exact: is longer than 8 characters',
    ],
    [
      'words that are longer than segments are counted with',
      row("{ kind: text, text: { kind: contact, words: 'Write to us: {}' } }"),
      '11:48 rows.0.rule.text.words: is longer than 10 characters',
    ],
    [
      'words without a place for the link',
      row("{ kind: text, text: { kind: opt_out, by: [link], words: { link: 'No ads' } } }"),
      '11:69 rows.0.rule.text.words.link: has to hold {} once, for the number or the link',
    ],
    [
      'windows of one row that overlap on a day',
      row(hours(window('[1, 2]', '09:00', '12:00'), window('[2, 3]', '11:59', '20:00'))),
      '11:82 rows.0.rule.windows.1: overlaps a window above on the same day',
    ],
    [
      'a window over midnight',
      row(hours(window('[1]', '21:00', '08:00'))),
      '11:36 rows.0.rule.windows.0: `from` has to be before `to`; write a night as two windows',
    ],
    [
      'a window without a day',
      row(hours(window('[]', '09:00', '20:00'))),
      '11:38 rows.0.rule.windows.0.days: Too small',
    ],
    ['no such hour', row(hours(window('[1]', '09:00', '25:00'))), '11:64 rows.0.rule.windows.0.to: not a time HH:MM'],
    [
      'a bad period',
      row('{ kind: reconfirm, every: 2 years }'),
      '11:30 rows.0.rule.every: not a period such as P2Y, P6M, P21D or PT24H',
    ],
    ['a period of nothing', row('{ kind: reconfirm, every: P0D }'), '11:30 rows.0.rule.every: not a period such as'],
    [
      'a cap counted in months',
      row('{ kind: cap, max: 3, per: P1M, scope: contact }'),
      '11:32 rows.0.rule.per: not in days or hours',
    ],
    [
      'a row that ends before it begins',
      row('{ kind: reconfirm, every: P2Y }', '    effectiveFrom: 2027-01-02\n    effectiveTo: 2027-01-01\n'),
      '15:5 rows.0.effectiveFrom: `effectiveFrom` is after `effectiveTo`',
    ],
    [
      'a day that is none',
      row('{ kind: reconfirm, every: P2Y }', '    effectiveFrom: 2027-02-30\n'),
      '15:5 rows.0.effectiveFrom: not a date YYYY-MM-DD',
    ],
    [
      'a row id twice',
      row('{ kind: reconfirm, every: P2Y }') + row('{ kind: reconfirm, every: P1Y }'),
      '15:5 rows.1.id: it.one stands twice',
    ],
    [
      "a row id of another pack's",
      row('{ kind: reconfirm, every: P2Y }', '', 'fr.one'),
      '8:5 rows.0.id: has to begin with it.',
    ],
    ['a basis that is none', row('{ kind: consent, accepts: [nod] }'), 'rows.0.rule.accepts: neither `none` nor'],
    [
      'a confirmation of no consent',
      row('{ kind: consent, accepts: none, doubleOptIn: required }'),
      'rows.0.rule: nothing is confirmed where no consent is needed',
    ],
    [
      'hours for the answer to a STOP',
      row(hours(window('[1]', '09:00', '20:00')), '', 'it.one', 'compliance'),
      '9:5 rows.0.classes: nothing holds up the answer to a STOP: not for class compliance',
    ],
    [
      'a consent for the answer to a STOP',
      row('{ kind: consent, accepts: [express] }', '', 'it.one', 'promotional, compliance'),
      '9:5 rows.0.classes: nothing holds up the answer to a STOP: not for class compliance',
    ],
    [
      'a prefix of a number',
      row('{ kind: sender, kinds: [long_number], prefix: AD-, twoWay: false }'),
      'rows.0.rule: only a name (alphanumeric) has a prefix',
    ],
    [
      'an unknown class',
      row('{ kind: reconfirm, every: P2Y }', '', 'it.one', 'jokes'),
      '9:15 rows.0.classes.0: Invalid',
    ],
  ])('%s', (_, rows, mistake) => {
    const found = mistakes(HEAD + rows);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(mistake);
  });

  it('no source, no sentence, no disclaimer, no parent', () => {
    const bare = row('{ kind: reconfirm, every: P2Y }')
      .replace(/says: .*/, 'says: so')
      .replace(/sources: .*/, 'sources: []');
    const found = mistakes(HEAD.replace(/disclaimer: .*\n/, '') + bare);
    expect(found.join('\n')).toContain('disclaimer: ');
    expect(found.join('\n')).toContain('9:5 rows.0.says: not a sentence');
    expect(found.join('\n')).toContain('13:5 rows.0.sources: a rule needs a source');
    expect(mistakes(HEAD.replace('parent: default\n', '') + row('{ kind: reconfirm, every: P2Y }'))).toEqual([
      'IT.yaml:1:1 id: needs a parent, `default` if no other',
    ]);
  });

  it('every mistake of a file is told at once, from top to bottom', () => {
    const found = mistakes(HEAD.replace('2027-05-21', 'soon') + row('{ kind: reconfirm, every: 2Y }'));
    expect(found.map((line) => line.split(' ')[1])).toEqual(['reviewBy:', 'rows.0.rule.every:']);
  });
});

describe('packs that do not fit together are refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dopo-packs-'));
  const url = pathToFileURL(`${folder}/`);
  const shipped = new URL('../../rules/', import.meta.url);
  afterAll(() => rmSync(folder, { recursive: true }));

  function loadedWith(changes: Readonly<Record<string, (text: string) => string>>): () => unknown {
    rmSync(folder, { recursive: true, force: true });
    cpSync(shipped, folder, { recursive: true });
    for (const [name, change] of Object.entries(changes)) {
      const path = join(folder, 'packs', `${name}.yaml`);
      writeFileSync(path, change(readFileSync(path, 'utf8')));
    }
    return () => loadPacks(url);
  }

  const replacing = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);

  it('an unknown parent', () => {
    expect(loadedWith({ AT: replacing('parent: EU', 'parent: EV') })).toThrow(
      'rules/packs/AT.yaml:2:1 parent: no pack EV',
    );
  });

  it('a pack that would inherit from itself', () => {
    const load = loadedWith({ EU: replacing('parent: default', 'parent: AT') });
    expect(load).toThrow(/rules\/packs\/AT\.yaml:2:1 parent: AT would inherit from itself/);
    expect(load).toThrow(/rules\/packs\/EU\.yaml:\d+:1 parent: EU would inherit from itself/);
  });

  it('a calendar that is not in the snapshot', () => {
    expect(loadedWith({ FR: replacing('calendar: FR', 'calendar: FX') })).toThrow(
      /rules\/packs\/FR\.yaml:\d+:\d+ rows\.\d\.rule\.calendar: no calendar FX in rules\/holidays\.json/,
    );
  });

  it('a pack to be reviewed only after its calendar has ended', () => {
    expect(loadedWith({ FR: replacing('reviewBy: 2027-05-21', 'reviewBy: 2029-01-01') })).toThrow(
      'rules/packs/FR.yaml:5:1 reviewBy: the calendar ends on 2028-12-31',
    );
  });

  it('a file that is not called as its pack', () => {
    expect(loadedWith({ AT: replacing('id: AT', 'id: AU') })).toThrow('rules/packs/AT.yaml');
    expect(loadedWith({ AT: replacing(/AT|at[.]/g, 'XX') })).toThrow('rules/packs/AT.yaml');
  });

  it('a place that two files have', () => {
    expect(loadedWith({ EU: replacing('children:\n', 'children:\n  AT: Austria\n') })).toThrow(
      /rules\/packs\/EU\.yaml:\d+:3 children\.AT: has a pack of its own/,
    );
  });

  it('mistakes of several files are told at once', () => {
    const load = loadedWith({ AT: replacing('rows:', 'rowz:'), BE: replacing('rows:', 'rowz:') });
    expect(load).toThrow(/rules\/packs\/AT\.yaml:.*rowz: unknown key[^]*rules\/packs\/BE\.yaml:.*rowz: unknown key/);
  });

  it('the version of a pack changes with its file, with what it inherits and with its holidays, and with nothing else', () => {
    const before = loadPacks(shipped).packs;
    const note = (text: string): string => `# A word.\n${text}`;
    const changedBy = (load: () => unknown): string[] => {
      const after = (load() as typeof loadPacks extends (folder: URL) => infer R ? R : never).packs;
      return Object.keys(after).filter((id) => after[id]?.version !== before[id]?.version);
    };
    expect(before['US-FL']?.version).toMatch(/^[0-9a-f]{12}$/);
    expect(changedBy(loadedWith({}))).toEqual([]);
    expect(changedBy(loadedWith({ 'US-FL': note }))).toEqual(['US-FL']);
    expect(changedBy(loadedWith({ IT: note })).toSorted()).toEqual(['IT', 'SM', 'VA']);
    expect(changedBy(loadedWith({ default: note }))).toHaveLength(Object.keys(before).length);
    loadedWith({});
    const path = join(folder, 'holidays.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"2028-07-24": "Pioneer Day",?\s*/, ''));
    expect(changedBy(() => loadPacks(url))).toEqual(['US-UT']);
    // Another system's line ends are no other rules.
    expect(changedBy(loadedWith({ KR: (text) => text.replaceAll('\n', '\r\n') }))).toEqual([]);
  });
});
