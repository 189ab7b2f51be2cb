import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { startSimulatedIngest } from '../../promise/services.ts';
import { compare, errorsOf } from './compare.ts';

/**
 * `npm run bench:truth [-- DIR]`: holds what ingest makes of each recorded stream of DIR (NAME.bin with NAME.truth, or
 * both with .gz) against the truth of every request, and prints a tab-separated line a stream. DIR is test/data/truth
 * unless given. A stream that cannot be read is named on stderr, and the exit is 1.
 */
const [named] = process.argv.slice(2);
// npm runs its scripts in the folder of the project; a relative DIR is meant from where npm was called.
const directory =
  named === undefined
    ? join(import.meta.dirname, '../../data/truth')
    : resolve(process.env.CALLED_FROM ?? '.', named);

const columns = ['stream', 'intervals', 'true mean'];
for (const value of ['gauge', 'estimate']) columns.push(`${value} RMSE`, `${value} bias`, `${value} worst`);

const ingest = startSimulatedIngest();
const files = recordingsOf(directory);
if (files.length > 0) process.stdout.write(`${columns.join('\t')}\n`);
for (const file of files) {
  try {
    process.stdout.write(`${(await line(file)).join('\t')}\n`);
  } catch (error) {
    complain(`${join(directory, file)}: ${(error as Error).message}`);
  }
}
ingest.close();

function recordingsOf(folder: string): string[] {
  try {
    const found = readdirSync(folder).filter((file) => /\.bin(\.gz)?$/.test(file));
    if (found.length === 0) complain(`${folder} holds no recorded stream (NAME.bin with NAME.truth)`);
    return found.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  } catch (error) {
    complain(`${folder} cannot be read: ${(error as Error).message}`);
    return [];
  }
}

async function line(file: string): Promise<string[]> {
  const name = nameOf(file);
  const recording = read(file);
  const truth = read(file.replace('.bin', '.truth')).toString();
  const intervals = await compare(ingest, withPodName(recording, name), truth);
  const mean = intervals.reduce((sum, { truth }) => sum + truth, 0) / intervals.length;
  const figures = (['gauge', 'estimate'] as const).flatMap((value) => {
    const { rmse, bias, worst } = errorsOf(intervals, value);
    return [rmse, bias, worst];
  });
  return [name, String(intervals.length), ...[mean, ...figures].map((figure) => figure.toFixed(3))];
}

function nameOf(file: string): string {
  return file.replace(/\.bin(\.gz)?$/, '');
}

function read(file: string): Buffer {
  const bytes = readFileSync(join(directory, file));
  return file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

/** The recordings name their pods after themselves; one in capitals is not a name that ingest would take. */
function withPodName(recording: Buffer, name: string): Buffer {
  return Buffer.from(recording.toString('latin1').replaceAll(name, name.toLowerCase()), 'latin1');
}

function complain(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
