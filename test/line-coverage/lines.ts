import { stripTypeScriptTypes } from 'node:module';

/** A script in a file that Node writes with NODE_V8_COVERAGE: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/ */
export interface ScriptCoverage {
  readonly url: string;
  /** In the order of the source, a function before those within it. */
  readonly functions: readonly { readonly ranges: readonly CoverageRange[] }[];
}

interface CoverageRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** Numbers of the lines that have code to run, not only comments, types or closing brackets. The first line is 0. */
export function codeLines(text: string): number[] {
  // Stripped of its types and comments, with blanks in their place.
  const code = stripTypeScriptTypes(text).replace(/\/\*[\s\S]*?\*\//g, (comment) =>
    comment.replace(/[^\n]/g, ' '),
  );
  return code.split('\n').flatMap((line, number) => (/^[\s\])};,]*(\/\/.*)?$/.test(line) ? [] : [number]));
}

/** Numbers of the lines that begin with code which has run. */
export function coveredLines(text: string, { functions }: ScriptCoverage): Set<number> {
  const ran = new Uint8Array(text.length).fill(1);
  for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges))
    ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  const covered = new Set<number>();
  let offset = 0;
  for (const [number, line] of text.split('\n').entries()) {
    if (ran[offset + line.search(/\S|$/)] === 1) covered.add(number);
    offset += line.length + 1;
  }
  return covered;
}
