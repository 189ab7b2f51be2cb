import { parseArgs } from 'node:util';
import { answerLatency } from './latency/answers.ts';
import { envoyLatency } from './latency/envoy.ts';
import { conditions, publish } from './lib/report.ts';

// How long it takes until what happened is the API's answer: from a flush, and from a request in a real Envoy.
//   npm run bench:latency [-- --write] [--streams 2000] [--seconds 20] [--requests 40]
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '20' },
    requests: { type: 'string', default: '40' },
    write: { type: 'boolean', default: false },
  },
});
const parts = [
  await answerLatency(Number(values.streams), Number(values.seconds)),
  await envoyLatency(Number(values.requests)),
];
publish('bench:latency', `${conditions()}\n\n${parts.join('\n\n')}`);
