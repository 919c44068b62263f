/** The picture of imports between folders, made from the imports themselves. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ICruiseOptions, ICruiseResult } from 'dependency-cruiser';
import { cruise } from 'dependency-cruiser';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The rule file's own options, so that the picture and the rules see the same imports. */
const ruleFile = z.object({ options: z.custom<ICruiseOptions>() });
const law = z.object({ LAYERS: z.array(z.tuple([z.string(), z.string(), z.array(z.string())])) });
/** It knows no layer but knex. */
const LEFT_OUT = 'migrations';

/** A mermaid flowchart. Dashed: types only, which are gone at run time. */
export async function folderDiagram(): Promise<string> {
  const { options } = ruleFile.parse(createRequire(import.meta.url)('../.dependency-cruiser.cjs'));
  const { LAYERS } = law.parse(createRequire(import.meta.url)('./import-law.cjs'));
  const folders = LAYERS.map(([folder]) => folder).filter((folder) => folder !== LEFT_OUT);
  const { output } = await cruise(folders, {
    ...options,
    baseDir: ROOT,
  });
  const solid = edgesOf(output as ICruiseResult);
  const lines = [...solid].map(([edge, typesOnly]) => {
    const [from = '', to = ''] = edge.split(' ');
    return `  ${from} ${typesOnly ? '-.->' : '-->'} ${to}`;
  });
  return ['```mermaid', 'flowchart TD', ...lines.toSorted(), '```'].join('\n');
}

/** Edges `from to` between folders, and whether all imports of an edge are of types. */
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

function folderOf(path: string): string {
  return path.slice(0, path.indexOf('/'));
}
