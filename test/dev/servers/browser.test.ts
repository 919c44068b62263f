import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveBrowser } from '../../../dev/servers/browser.ts';
import type { Machine } from '../../../dev/servers/machine.ts';

let folder: string;
let own: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dopo-browser-'));
  own = join(folder, 'chromium-browser');
  await writeFile(own, '#!/bin/sh\n');
  await chmod(own, 0o755);
});
afterAll(() => rm(folder, { recursive: true }));

const machine = (env: NodeJS.ProcessEnv): Machine => ({ env: { PATH: '', ...env }, cacheFolder: folder });

it('the browser that a variable names goes before one on PATH', async () => {
  const here = machine({ PATH: '/usr/bin', DOPO_BROWSER: own });
  expect(await resolveBrowser(here, () => {})).toBe(own);
});

it('a browser is found under each of its names', async () => {
  expect(await resolveBrowser(machine({ PATH: folder }), () => {})).toBe(own);
});

it('without any, and without a way to install one, the error says how', async () => {
  await expect(resolveBrowser(machine({ DOPO_BROWSER: '/no/such' }), () => {})).rejects.toThrow(
    /\/no\/such is not a program[\s\S]*install Chromium or Chrome \(Debian: apt-get install chromium\), or say in DOPO_BROWSER/,
  );
});
