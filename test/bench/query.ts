import { conditions, publish } from './lib/report.ts';
import { queryOf1500Pods } from './query/latency.ts';
import { cacheOf50000Pods } from './query/scale.ts';
import { standaloneQuery } from './query/standalone.ts';

// Time and CPU of a query, and what the cache of pods costs, with a real kube-apiserver beside it.
//   npm run bench:query [-- --write]
const parts = [await queryOf1500Pods(), await standaloneQuery(), await cacheOf50000Pods()];
publish('bench:query', `${conditions()}\n\n${parts.join('\n\n')}`);
