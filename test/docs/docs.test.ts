import { existsSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readPages } from '../../dev/docs-parts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const pages = await readPages();
const packageFile = z.object({ scripts: z.record(z.string(), z.string()) });

/** `[text](target)` outside of code blocks. */
function linksOf(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** As GitHub makes them: lower case, punctuation dropped, spaces to dashes. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Headings of a decision record, in their order. */
const PARTS_OF_A_DECISION = ['The problem', 'The options', 'The choice and what it costs'];

/** Files of the project by their last name, without packages and what a run leaves behind. */
const FILES = new Set(
  globSync('**/*.{ts,mjs,cjs,md,yaml,yml,json,jsonc,sql}', {
    cwd: ROOT,
    exclude: (path) => /(^|\/)(node_modules|data|tmp)(\/|$)/.test(path),
  }).map((path) => path.replace(/.*\//, '')),
);

/** Words in backticks outside of code blocks: `domain/sending/decide.ts`. */
function quotedIn(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/`([^`\s]+)`/g)].map(([, word = '']) => word);
}

/** Whether a path exists in the project, where `<tag>` stands for any name. */
function isThere(path: string): boolean {
  return path.includes('<')
    ? globSync(path.replaceAll(/<\w+>/g, '*'), { cwd: ROOT }).length > 0
    : existsSync(`${ROOT}/${path}`);
}

describe('the documentation', () => {
  it('has the pages that a reader expects', () => {
    const paths = pages.map(({ path }) => path);
    for (const path of [
      'README.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'docs/architecture.md',
      'docs/operations.md',
      'docs/journeys.md',
    ])
      expect(paths).toContain(path);
  });

  it('is up to date where it is made from the code (npm run docs)', () => {
    expect(pages.filter(({ written, current }) => written !== current).map(({ path }) => path)).toEqual([]);
  });

  it('links only to files and headings that exist', () => {
    for (const { path, written } of pages)
      for (const target of linksOf(written)) {
        if (/^https?:/.test(target)) continue;
        const [file = '', anchor] = target.split('#');
        const linked = file === '' ? path : posix.join(posix.dirname(path), file);
        expect(existsSync(`${ROOT}/${linked}`), `${path} links to ${target}`).toBe(true);
        if (anchor !== undefined)
          expect(anchorsOf(readFileSync(`${ROOT}/${linked}`, 'utf8')), `${path} links to ${target}`).toContain(anchor);
      }
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = packageFile.parse(JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')));
    for (const { path, written } of pages)
      for (const [, name = ''] of written.matchAll(/npm run ([\w:-]+)/g))
        expect(Object.keys(scripts), `${path}: npm run ${name}`).toContain(name);
  });

  it('names only files and folders that exist', () => {
    const isOurs = (word: string): boolean =>
      /^[\w.-]+\/[\w./<>-]*$/.test(word) && !/^(data|node_modules)\//.test(word) && isThere(word.replace(/\/.*/, ''));
    // The changelog tells of files that are gone.
    for (const { path, written } of pages.filter((page) => page.path !== 'CHANGELOG.md'))
      for (const word of quotedIn(written).filter(isOurs)) expect(isThere(word), `${path}: ${word}`).toBe(true);
  });

  it('names only files that exist where it leaves out their folder', () => {
    for (const { path, written } of pages.filter((page) => /^([A-Z]+\.md|docs\/\w+\.md)$/.test(page.path)))
      if (path !== 'CHANGELOG.md')
        for (const word of quotedIn(written).filter((quoted) => /^[a-z][\w-]*\.(ts|mjs|cjs|md)$/.test(quoted)))
          expect(FILES, `${path}: ${word}`).toContain(word);
  });

  it('has three headings in every decision: the problem, the options, the choice and what it costs', () => {
    for (const { path, written } of pages.filter((page) => /^docs\/decisions\/\d/.test(page.path)))
      expect(
        [...written.matchAll(/^## (.+)$/gm)].map(([, title]) => title),
        path,
      ).toEqual(PARTS_OF_A_DECISION);
  });

  it('lists every decision in the index of decisions', () => {
    const index = pages.find(({ path }) => path === 'docs/decisions/README.md');
    const decisions = pages.flatMap(({ path }) => /^docs\/decisions\/(\d.*)$/.exec(path)?.[1] ?? []);
    expect(linksOf(index?.written ?? '')).toEqual(decisions);
  });

  it("does not speak of one person's machine", () => {
    for (const { path, written } of pages) {
      expect(written, path).not.toContain(ROOT);
      if (homedir() !== '/') expect(written, path).not.toContain(`${homedir()}/`);
      expect(written, path).not.toMatch(/\/(home|Users)\/\w+|[A-Z]:\\/);
    }
  });
});
