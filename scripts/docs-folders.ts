/** The picture of which folder imports which, from the imports themselves. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ICruiseOptions, ICruiseResult } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Tools look into everything: their arrows would hide the rest. */
const TOOLS = ['scripts', 'bench', 'drills', 'demo', 'test', 'docs'];

/** Nodes of the picture that are files. */
const SHARED: ReadonlyMap<string, string> = new Map([
  ['main*.ts, services.ts, worker.ts', 'entry'],
  ['yaml-file.ts', 'yaml_file'],
  ['html.ts', 'html'],
]);

/** The rule file's own options, so that the picture and the rules see the same imports. */
const ruleFile = z.object({ options: z.custom<ICruiseOptions>() });

/** A mermaid flowchart. Dashed: types only, which are gone at run time. `main.ts` and the files beside it are one node. */
export async function folderDiagram(): Promise<string> {
  const { options } = ruleFile.parse(createRequire(import.meta.url)('../.dependency-cruiser.cjs'));
  const { output } = await cruise(['.'], {
    ...options,
    baseDir: ROOT,
    exclude: { path: `^(${TOOLS.join('|')}|data)/` },
  });
  const solid = edgesOf(output as ICruiseResult);
  const lines = [...solid].map(([edge, typesOnly]) => {
    const [from = '', to = ''] = edge.split(' ');
    return `  ${from} ${typesOnly ? '-.->' : '-->'} ${to}`;
  });
  const named = [...SHARED].map(([path, id]) => `  ${id}["${path}"]`);
  return ['```mermaid', 'flowchart TD', ...named, ...lines.toSorted(), '```'].join('\n');
}

/** `from to` of two folders, and whether all imports between them are of types. */
function edgesOf({ modules }: ICruiseResult): ReadonlyMap<string, boolean> {
  const own = new Set(
    modules.map(({ source }) => source).filter((source) => /^(?!node_modules\/).*[.]ts$/.test(source)),
  );
  const edges = new Map<string, boolean>();
  for (const { source, dependencies } of modules) {
    if (!own.has(source)) continue;
    for (const { resolved, dependencyTypes } of dependencies) {
      const edge = `${folderOf(source)} ${folderOf(resolved)}`;
      if (!own.has(resolved) || folderOf(source) === folderOf(resolved)) continue;
      edges.set(edge, (edges.get(edge) ?? true) && dependencyTypes.includes('type-only'));
    }
  }
  return edges;
}

/** A file in no folder starts the others, unless several folders share it. */
function folderOf(path: string): string {
  if (path.includes('/')) return path.slice(0, path.indexOf('/'));
  return SHARED.get(path) ?? 'entry';
}
