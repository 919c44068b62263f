/** The output of a drill or a bench: tables for people, percentiles, and a last line of JSON for programs. */

export type Cell = string | number;

/** Prints rows as columns as wide as their widest cell; the first row is the heading. Numbers stand on the right. */
export function table([heading = [], ...rows]: readonly (readonly Cell[])[]): void {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => String(row[column] ?? '').length)));
  const right = heading.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly Cell[]): string =>
    widths
      .map((width, column) => {
        const text = String(row[column] ?? '');
        return right[column] === true ? text.padStart(width) : text.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  console.log([line(heading), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n'));
}

export type Figures = { readonly [name: string]: Cell | boolean | Figures };

/** Prints the last line of a drill. Returns `passed`, for the exit code. */
export function verdict(figures: Figures, passed: boolean): boolean {
  console.log(JSON.stringify(figures));
  return passed;
}

/**
 * The percentile of some values by nearest rank: the value that `share` (0 to 1) of them do not exceed; 0 if there
 * are no values.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
