import { spawnSync } from 'node:child_process';
import { blocksOf } from './blocks.ts';

/** A command that a document shows. */
export interface Command {
  /** Document and line of its block. */
  readonly where: string;
  readonly text: string;
}

/** The commands of all documents: a line each, or as many as belong together. */
export function commands(): Command[] {
  return blocksOf('sh').flatMap(({ where, text }) => {
    const found: Command[] = [];
    let begun = '';
    for (const line of text.trimEnd().split('\n')) {
      begun += `${line}\n`;
      if (!isWhole(begun)) continue;
      found.push({ where, text: begun.trimEnd() });
      begun = '';
    }
    if (begun !== '') throw new Error(`${where}: bash does not take it for a command: ${begun}`);
    return found;
  });
}

function isWhole(script: string): boolean {
  return !script.endsWith('\\\n') && spawnSync('bash', ['-n', '-c', script]).status === 0;
}
