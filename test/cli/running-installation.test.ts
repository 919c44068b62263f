import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepRunningNote, operatorEnvironment } from '../../cli/running-installation.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dopo-running-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SETTINGS = { DATABASE_URL: 'postgres://dopo@127.0.0.1:5544/dopo', DOPO_SECRET: 'made at the first start' };

it('a command without a database acts on the running npm start of the folder, and says so in one line', () => {
  keepRunningNote(folder, SETTINGS);
  const said: string[] = [];
  const own = { DOPO_DATA: folder, DOPO_SECRET: 'given' };
  expect(operatorEnvironment(own, (line) => said.push(line))).toEqual({ ...SETTINGS, ...own });
  expect(said).toEqual([`On the installation in ${folder} (npm start, process ${process.pid}).`]);
});

it('a command with a database of its own is left alone', () => {
  keepRunningNote(folder, SETTINGS);
  const said: string[] = [];
  const own = { DOPO_DATA: folder, DATABASE_URL: 'postgres://db/own' };
  expect([operatorEnvironment(own, (line) => said.push(line)), said]).toEqual([own, []]);
});

it('a note that was left over by a process that has ended is told, and not used', () => {
  // Above the highest id that Linux gives.
  writeFileSync(join(folder, 'running.json'), JSON.stringify({ pid: 2 ** 22 + 1, settings: SETTINGS }));
  const said: string[] = [];
  const own = { DOPO_DATA: folder };
  expect(operatorEnvironment(own, (line) => said.push(line))).toEqual(own);
  expect(said).toEqual([expect.stringMatching(/left over.*Run npm start/)]);
});

it('a command beside no npm start at all is told what to do', () => {
  const said: string[] = [];
  const own = { DOPO_DATA: folder };
  expect(operatorEnvironment(own, (line) => said.push(line))).toEqual(own);
  expect(said).toEqual([expect.stringMatching(/^No npm start runs in .*Run npm start/)]);
});

it('the note is for its user alone, and gone when npm start has ended', () => {
  const remove = keepRunningNote(folder, SETTINGS);
  expect(statSync(join(folder, 'running.json')).mode & 0o777).toBe(0o600);
  remove();
  expect(readdirSync(folder)).toEqual([]);
});
