import { join } from 'node:path';
import { type Process, start } from '@activescale/devkit';
import { cpuOf, memoryOf } from './cpu.ts';

/** A load as test/bench/load.ts takes it. */
export interface LoadSpec {
  readonly file: string;
  readonly streams: number;
  /** Flushes per second of each stream. */
  readonly rate: number;
  /** Before what is measured, in s; 2 unless given. */
  readonly warm?: number;
  readonly seconds: number;
  readonly skip: number;
  readonly families?: string;
  /** Of a gateway, and those of them with requests. */
  readonly destinations?: number;
  readonly busy?: number;
}

export interface Measured {
  /** CPU of each process for one message, in µs, in the order of the pids. */
  readonly cpu: readonly number[];
  /** Resident memory of each process at the end, with all streams open, in MiB. */
  readonly memory: readonly number[];
  readonly messagesPerSecond: number;
  readonly bytesPerMessage: number;
}

interface Done {
  readonly sent: number;
  readonly bytes: number;
  readonly late: number;
  readonly seconds: number;
}

/** Puts `spec` on `port` and tells what one message cost the processes `pids`. The start of the streams does not count. */
export async function measure(port: number, pids: readonly number[], spec: LoadSpec): Promise<Measured> {
  await using load = startLoad(port, spec);
  await load.line((line) => line.includes('"event":"warm"') || undefined, 'its streams were warm');
  const before = pids.map(cpuOf);
  const done = await load.line(
    (line) => (line.includes('"event":"done"') ? (JSON.parse(line) as Done) : undefined),
    'its end',
  );
  const spent = pids.map((pid, index) => cpuOf(pid) - (before[index] ?? 0));
  const memory = pids.map(memoryOf);
  const exit = await load.exited;
  if (exit !== 0) throw new Error(`the load ended with ${exit}:\n${load.logs().slice(-2_000)}`);
  if (done.late > done.sent / 20)
    throw new Error(`the server could not keep up: ${done.late} flushes were left out`);
  return {
    cpu: spent.map((ms) => (ms * 1_000) / done.sent),
    memory,
    messagesPerSecond: done.sent / done.seconds,
    bytesPerMessage: done.bytes / done.sent,
  };
}

/** test/bench/load.ts, pushing to `port`. */
export function startLoad(port: number, { families = '', ...numbers }: LoadSpec): Process {
  const options = Object.entries({ port, families, ...numbers }).flatMap(([key, value]) => [
    `--${key}`,
    String(value),
  ]);
  return start({
    command: process.execPath,
    args: [join(import.meta.dirname, '../load.ts'), ...options],
  });
}
