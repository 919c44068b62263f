/**
 * Finds the place in a YAML file where a character of one of its texts stands, however the text is quoted or folded.
 */
import { LineCounter, Scalar, isScalar, parseDocument } from 'yaml';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Reads the file once and answers for any text in it; the file must be valid YAML. Lines and columns count from 1. */
export function textPositions(source: string): (path: readonly PropertyKey[], offset: number) => Position {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  return (path, offset) => {
    const node = document.getIn(path, true);
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return { line: 1, column: 1 };
    const { line, col } = lines.linePos(offsetInSource(source, node.range[0], node.type, node.value.slice(0, offset)));
    return { line, column: col };
  };
}

/** Walks text and source side by side. They differ in line folds, indentation and escaped quotes only. */
function offsetInSource(source: string, start: number, type: Scalar.Type | undefined, before: string): number {
  let at = contentStart(source, start, type);
  for (const [character] of before.matchAll(/\s+|\S/gu)) {
    if (/\s/.test(character)) {
      const [blank = ''] = /^\s*/.exec(source.slice(at)) ?? [];
      at += blank.includes('\n') ? blank.length : character.length;
    } else {
      const escaped =
        type === Scalar.QUOTE_DOUBLE ? source[at] === '\\' : type === Scalar.QUOTE_SINGLE && character === "'";
      at += character.length + (escaped ? 1 : 0);
    }
  }
  return at;
}

function contentStart(source: string, start: number, type: Scalar.Type | undefined): number {
  if (type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE) return start + 1;
  if (type !== Scalar.BLOCK_FOLDED && type !== Scalar.BLOCK_LITERAL) return start;
  const firstLine = source.indexOf('\n', start) + 1;
  return firstLine + source.slice(firstLine).search(/\S/);
}
