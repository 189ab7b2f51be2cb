import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseQuantity } from '@activescale/protocol/kubernetes';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../../..');
const MIB = 2 ** 20;

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly name: string;
          readonly resources: { readonly limits: { readonly memory: string } };
        }[];
      };
    };
  };
}

/** limits.memory of a service's container in deploy/base, in MiB. */
export function memoryLimitOf(service: 'ingest' | 'api'): number {
  const path = `deploy/base/${service}/deployment.yaml`;
  const deployment = parse(readFileSync(join(ROOT, path), 'utf8')) as Deployment;
  const container = deployment.spec.template.spec.containers.find(({ name }) => name === service);
  if (container === undefined) throw new Error(`${path} has no container ${service}`);
  return Number(parseQuantity(container.resources.limits.memory)) / 1_000 / MIB;
}

/**
 * The heap limit that V8 gives itself in a container: half of the memory limit
 * (Heap::HeapSizeFromPhysicalMemory in V8's src/heap/heap.cc).
 */
export function heapFlag(limit: number): string {
  return `--max-old-space-size=${limit / 2}`;
}

export interface MemoryWatch extends Disposable {
  /** Most resident memory since the watch began, in MiB. */
  readonly peak: number;
}

const LOOK_MS = 20;

/** Watches a process, and kills it as the kernel would when its resident memory exceeds the limit. Linux only. */
export function watchMemory(pid: number, limit: number, kill: () => void): MemoryWatch {
  let peak = 0;
  writeFileSync(`/proc/${pid}/clear_refs`, '5'); // resets VmHWM: man 5 proc_pid_clear_refs
  const look = () => {
    const status = statusOf(pid);
    peak = Math.max(peak, mebibytes(status, 'VmHWM'));
    if (mebibytes(status, 'VmRSS') > limit) kill();
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    get peak() {
      return peak;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

function mebibytes(status: string, field: 'VmHWM' | 'VmRSS'): number {
  const [, kib = '0'] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kib) / 1024;
}
