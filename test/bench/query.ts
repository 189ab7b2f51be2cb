import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { conditions, publish } from './lib/report.ts';
import { queryAgainst } from './query/against.ts';
import { queryOf1500Pods } from './query/latency.ts';
import { cacheOf50000Pods } from './query/scale.ts';
import { standaloneQuery } from './query/standalone.ts';

// Time and CPU of a query, and what the cache of pods costs, with a real kube-apiserver beside it.
// With --against only the CPU of a query, and that of another checkout in the same run.
//   npm run bench:query [-- --write] [-- --against /path/to/checkout]
const { against } = parseArgs({
  options: { against: { type: 'string' }, write: { type: 'boolean' } },
}).values;
if (against !== undefined) {
  process.stdout.write(`${conditions()}\n\n${await queryAgainst(resolve(against))}\n`);
} else {
  const parts = [await queryOf1500Pods(), await standaloneQuery(), await cacheOf50000Pods()];
  publish('bench:query', `${conditions()}\n\n${parts.join('\n\n')}`);
}
