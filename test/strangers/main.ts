import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { conditions, publish } from '../bench/lib/report.ts';
import { table } from '../bench/lib/table.ts';
import { API_ATTACKS } from './api/attacks.ts';
import { INGEST_ATTACKS } from './ingest/attacks.ts';
import { createApiCluster } from './lib/api-stand.ts';
import { startIngestStand } from './lib/ingest-stand.ts';
import { playAttack } from './lib/stand.ts';
import { HEAD, MAX_DELAY_MS, type Outcome, problemsOf, rowOf } from './lib/verdict.ts';

// Attacks ingest and api under the memory limits of deploy/base, beside honest clients.
//   npm run strangers [-- NAME ...] [--seconds 5] [--list] [--write]
// Exits with 1 if a process ended or exceeded its memory limit, honest clients had to wait for more than 250 ms longer
// than without the attack, or an attack reached what it should not have.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '5' },
    list: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);

using cleanup = new DisposableStack();
const folder = mkdtempSync(join(tmpdir(), 'strangers-'));
cleanup.defer(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  readonly id: string;
  play(): Promise<Outcome>;
}

const ingestRuns = INGEST_ATTACKS.map(
  ({ name, tls = false, seconds: needed = 0 }): Run => ({
    id: `ingest/${name}`,
    async play() {
      await using stand = await startIngestStand({ tls, folder });
      const assignment = { name, calm: seconds, seconds: Math.max(seconds, needed), folder };
      return await playAttack(stand, { ...assignment, service: 'ingest' });
    },
  }),
);

await using cluster = createApiCluster({ folder, outward: false });
await using outwardCluster = createApiCluster({ folder, outward: true });
const apiRuns = API_ATTACKS.map(
  ({ name, outward = false, seconds: needed = 0 }): Run => ({
    id: `api/${name}`,
    async play() {
      await using stand = await (outward ? outwardCluster : cluster).stand();
      return await playAttack(stand, {
        name,
        calm: seconds,
        seconds: Math.max(seconds, needed),
        folder,
        service: 'api',
      });
    },
  }),
);

const all = [...ingestRuns, ...apiRuns];
const matches = (id: string) => (name: string) => id === name || id.split('/').includes(name);
const runs = all.filter(({ id }) => positionals.length === 0 || positionals.some(matches(id)));
const unknown = positionals.filter((name) => !all.some(({ id }) => matches(id)(name)));
if (unknown.length > 0) {
  process.stderr.write(`no attack is named ${unknown.join(' or ')}; --list prints all names\n`);
  process.exit(2);
}

if (values.list) {
  process.stdout.write(`${runs.map(({ id }) => id).join('\n')}\n`);
} else {
  const outcomes: Outcome[] = [];
  for (const { play } of runs) {
    const outcome = await play();
    outcomes.push(outcome);
    process.stderr.write(`${rowOf(outcome).join(' | ')}\n`);
  }
  const what = `${seconds} s of each attack; at most ${MAX_DELAY_MS} ms longer than calm.`;
  publish('strangers', `${what}\n${conditions()}\n\n${table(HEAD, outcomes.map(rowOf))}`, 'docs/security.md');
  const problems = outcomes.flatMap((outcome) =>
    problemsOf(outcome).map((problem) => `${outcome.service}/${outcome.attack}: ${problem}\n`),
  );
  process.stderr.write(problems.join(''));
  if (problems.length > 0) process.exitCode = 1;
}
