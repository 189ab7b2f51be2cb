import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { compare, errorsOf } from './compare.ts';

/**
 * `npm run bench:truth -- DIR`: holds what ingest makes of each recorded stream of DIR against the truth of every
 * request, and prints a tab-separated line a stream. A stream that cannot be read is named on stderr, and the exit is 1.
 */
const [named] = process.argv.slice(2);
// npm runs its scripts in the folder of the project; a relative DIR is meant from where npm was called.
const directory =
  named === undefined
    ? join(import.meta.dirname, '../../../../../shared/data/truth')
    : resolve(process.env.CALLED_FROM ?? '.', named);

const columns = ['stream', 'intervals', 'true mean'];
for (const value of ['gauge', 'estimate']) columns.push(`${value} RMSE`, `${value} bias`, `${value} worst`);

const names = streamsOf(directory);
if (names.length > 0) process.stdout.write(`${columns.join('\t')}\n`);
for (const name of names) {
  try {
    process.stdout.write(`${(await line(name)).join('\t')}\n`);
  } catch (error) {
    complain(`${join(directory, `${name}.bin`)}: ${(error as Error).message}`);
  }
}

function streamsOf(folder: string): string[] {
  try {
    const found = readdirSync(folder).filter((file) => file.endsWith('.bin'));
    if (found.length === 0) complain(`${folder} holds no recorded stream (NAME.bin with NAME.truth)`);
    return found.map((file) => basename(file, '.bin')).sort();
  } catch (error) {
    complain(`${folder} cannot be read: ${(error as Error).message}`);
    return [];
  }
}

async function line(name: string): Promise<string[]> {
  const recording = readFileSync(join(directory, `${name}.bin`));
  const truth = readFileSync(join(directory, `${name}.truth`), 'utf8');
  const intervals = await compare(withPodName(recording, name), truth);
  const mean = intervals.reduce((sum, { truth }) => sum + truth, 0) / intervals.length;
  const figures = (['gauge', 'estimate'] as const).flatMap((value) => {
    const { rmse, bias, worst } = errorsOf(intervals, value);
    return [rmse, bias, worst];
  });
  return [name, String(intervals.length), ...[mean, ...figures].map((figure) => figure.toFixed(3))];
}

/** The recordings name their pods after themselves; one in capitals is not a name that ingest would take. */
function withPodName(recording: Buffer, name: string): Buffer {
  return Buffer.from(recording.toString('latin1').replaceAll(name, name.toLowerCase()), 'latin1');
}

function complain(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
