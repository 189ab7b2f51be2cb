import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * CPU time that the running threads of a process have spent, in ms. Linux only. From /proc/PID/task/TID/schedstat, which counts ns,
 * because /proc/PID/stat counts steps of 10 ms (Linux' Documentation/scheduler/sched-stats.rst, man 5 proc_pid_stat).
 */
export function cpuOf(pid: number): number {
  const threads = `/proc/${pid}/task`;
  return readdirSync(threads).reduce((ms, thread) => ms + cpuOfThread(join(threads, thread)), 0);
}

function cpuOfThread(folder: string): number {
  const [ns] = readFileSync(join(folder, 'schedstat'), 'latin1').split(' ');
  return Number(ns) / 1e6;
}

/** Resident memory of a process, in MiB. */
export function memoryOf(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kib) / 1024;
}
