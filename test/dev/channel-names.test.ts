import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../domain/sending/message.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Files that may write the name of a channel, each with its reason. A folder ends with a slash. */
const MAY_NAME: Readonly<Record<string, string>> = {
  'channels/': 'the objects of the channels',
  'domain/sending/message.ts': 'the list of names, and which of them is the base channel',
  'vonage/fake/channels.ts':
    'the stand-in judges by the specification of the provider what Dopo has written, so it asks no object of Dopo',
  'api/contacts/schema.ts': 'an example of an answer',
  'api/orders/schema.ts': 'an example of an answer',
  'api/sending/schema.ts': 'examples of answers',
  'test/': 'a test names the channel that it is about',
};

/** A name between quotes, or in the text of an array: 'sms', "rcs", '{sms,rcs}'. */
const NAMED = new RegExp(`['"\`{,](?:${CHANNELS.join('|')})['"\`},]`);

function mayName(path: string): string | undefined {
  return Object.keys(MAY_NAME).find((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));
}

describe('the name of a channel', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.cjs', '*.mjs'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '');
  const naming = files.filter((path) => NAMED.test(readFileSync(join(ROOT, path), 'utf8')));

  it('is written in its object and in the list of names, and compared nowhere else', () => {
    expect(naming.filter((path) => mayName(path) === undefined)).toEqual([]);
  });

  it('has no exception that is not needed', () => {
    expect(Object.keys(MAY_NAME).filter((place) => !naming.some((path) => mayName(path) === place))).toEqual([]);
  });
});
