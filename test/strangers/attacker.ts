import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { API_ATTACKS } from './api/attacks.ts';
import { INGEST_ATTACKS } from './ingest/attacks.ts';
import type { Attack } from './lib/assault.ts';
import { lowerPriority } from './lib/lower-priority.ts';

// Makes one attack in a separate process:
//   node test/strangers/attacker.ts --service ingest --attack NAME --target FILE --seconds N
// Prints {"got":{"RESOURCE_EXHAUSTED":3},"broken":[]}: the answers, and what the attack should not have been able to do.
const { values } = parseArgs({
  options: {
    service: { type: 'string' },
    attack: { type: 'string' },
    /** JSON of what it can reach. */
    target: { type: 'string', default: '' },
    seconds: { type: 'string' },
  },
});

lowerPriority();

const got: Record<string, number> = {};
const broken: string[] = [];
const all: readonly Attack<never>[] = values.service === 'api' ? API_ATTACKS : INGEST_ATTACKS;
const attack = all.find(({ name }) => name === values.attack);
if (attack === undefined) throw new Error(`no attack is named ${values.attack}`);
const end = new AbortController();
const timer = setTimeout(() => end.abort(), Number(values.seconds) * 1_000);
await attack.run({
  target: JSON.parse(readFileSync(values.target, 'utf8')) as never,
  signal: end.signal,
  ready: () => void timer.refresh(),
  got: (answer) => {
    got[answer] = (got[answer] ?? 0) + 1;
  },
  broken: (what) => broken.push(what),
});
process.stdout.write(`${JSON.stringify({ got, broken })}\n`, () => process.exit());
