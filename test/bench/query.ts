import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { conditions, publish } from './lib/report.ts';
import { queryAgainst } from './query/against.ts';
import { queryOfDemand } from './query/demand.ts';
import { queryBesideFallThrough } from './query/fall-through.ts';
import { queryOf1500Pods } from './query/latency.ts';
import { cacheOf50000Pods } from './query/scale.ts';
import { standaloneQuery } from './query/standalone.ts';

// Time and CPU of a query, and what the cache of pods costs, with a real kube-apiserver beside it.
// With --against only the CPU of a query, and that of another checkout in the same run.
// With --demand only the time of a query for a Service by its sources.
// With --fallthrough only that beside queries for a metric of another adapter.
//   npm run bench:query [-- --write] [-- --against /path/to/checkout] [-- --demand] [-- --fallthrough]
const { against, demand, fallthrough } = parseArgs({
  options: {
    against: { type: 'string' },
    demand: { type: 'boolean' },
    fallthrough: { type: 'boolean' },
    write: { type: 'boolean' },
  },
}).values;
if (demand) {
  publish('bench:query-demand', `${conditions()}\n\n${await queryOfDemand()}`);
} else if (fallthrough) {
  publish('bench:query-fallthrough', `${conditions()}\n\n${await queryBesideFallThrough()}`);
} else if (against !== undefined) {
  process.stdout.write(`${conditions()}\n\n${await queryAgainst(resolve(against))}\n`);
} else {
  const parts = [await queryOf1500Pods(), await standaloneQuery(), await cacheOf50000Pods()];
  publish('bench:query', `${conditions()}\n\n${parts.join('\n\n')}`);
}
