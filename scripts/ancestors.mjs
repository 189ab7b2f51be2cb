// npm does not pass every signal on, and cannot pass on SIGKILL: the started process must notice on its own that it is
// gone.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Calls `gone` once when a process of the chain from the parent up to the outermost npm has ended. */
export function whenAncestorEnds(gone) {
  const chain = npmChain(process.ppid);
  const timer = setInterval(() => {
    if (chain.every(isAlive)) return;
    clearInterval(timer);
    gone();
  }, 500);
  timer.unref();
}

/** The process ids from `pid` up to the outermost ancestor that is npm; none when there is no npm above. */
function npmChain(pid) {
  const chain = [];
  let length = 0;
  for (let at = look(pid); at; at = look(at.parent)) {
    chain.push(at.pid);
    if (/\bnp[mx]\b/.test(at.command)) length = chain.length;
  }
  return chain.slice(0, length);
}

/** A process's parent and command line; undefined when there is none to be seen. */
function look(pid) {
  if (!(pid > 1)) return undefined;
  try {
    return existsSync('/proc/self/stat') ? lookInProc(pid) : askPs(pid);
  } catch {
    return undefined;
  }
}

function lookInProc(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything, in parentheses: the state, then the parent.
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2]);
  return { pid, parent, command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
}

function askPs(pid) {
  const { stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' });
  const [, parent, command] = /^\s*(\d+)\s+(.*)/.exec(stdout) ?? [];
  return parent ? { pid, parent: Number(parent), command } : undefined;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
