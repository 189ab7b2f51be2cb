import { readdir, readFile } from 'node:fs/promises';
import { run } from '../tools/run.ts';

interface Entry {
  pid: number;
  parent: number;
  command: string;
}

/** All processes below `pid`, parents before children; the watchers of tethers are among them. */
export async function descendants(pid: number): Promise<{ pid: number; command: string }[]> {
  const table = process.platform === 'linux' ? await readProc() : await askPs();
  const found: Entry[] = [];
  let parents = new Set([pid]);
  while (parents.size > 0) {
    const children = table.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found.map(({ pid, command }) => ({ pid, command }));
}

async function readProc(): Promise<Entry[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const entries = await Promise.all(pids.map((pid) => readEntry(Number(pid)).catch(() => undefined)));
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry(pid: number): Promise<Entry> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
  // After the name, which may hold anything, in parentheses: the state, then the parent.
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2]);
  return { pid, parent, command };
}

async function askPs(): Promise<Entry[]> {
  const lines = (await run('ps', ['-A', '-o', 'pid=,ppid=,args='])).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid ? [{ pid: Number(pid), parent: Number(parent), command }] : [];
  });
}
