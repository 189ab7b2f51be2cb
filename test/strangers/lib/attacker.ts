import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '@activescale/devkit';

/** The report of an attacker. */
export interface Loot {
  readonly got: Readonly<Record<string, number>>;
  readonly broken: readonly string[];
}

/** How long an attack may take to prepare and to end, in ms. */
const PATIENCE_MS = 60_000;

interface AttackerOptions {
  readonly service: 'ingest' | 'api';
  readonly name: string;
  readonly target: unknown;
  readonly seconds: number;
  /** Where its target is written to. */
  readonly folder: string;
}

/** Makes one attack in a separate process, and ends that process. */
export async function attack({ service, name, target, seconds, folder }: AttackerOptions): Promise<Loot> {
  const file = join(folder, 'target.json');
  await writeFile(file, JSON.stringify(target));
  const script = join(import.meta.dirname, '../attacker.ts');
  const args = [
    '--max-old-space-size=2048',
    script,
    '--service',
    service,
    '--attack',
    name,
    '--target',
    file,
  ];
  await using attacker = start({
    command: process.execPath,
    args: [...args, '--seconds', String(seconds)],
    grace: 1_000,
  });
  const late = new AbortController();
  try {
    return await Promise.race([
      attacker.line(
        (line) => (line.startsWith('{"got"') ? (JSON.parse(line) as Loot) : undefined),
        'its loot',
      ),
      sleep(seconds * 1_000 + PATIENCE_MS, undefined, { signal: late.signal }).then((): Loot => {
        throw new Error(`the attack ${name} has not ended`);
      }),
    ]);
  } finally {
    late.abort();
  }
}
