import { until } from '@activescale/devkit';
import { openStream } from './client.ts';
import { flushOf } from './messages.ts';
import type { Stack } from './stack.ts';

const namespace = 'witness';
const pod = 'witness-0';

/** A stream that has nothing to do with what others do to ingest. */
export interface Witness extends AsyncDisposable {
  /** Pushes one more flush and waits until it is the API's answer. */
  goesOn(): Promise<void>;
}

export function startWitness({ ingest, query }: Stack): Witness {
  const stream = openStream(ingest.grpcPort);
  let flush = 0;
  return {
    async goesOn() {
      flush++;
      stream.push(flushOf({ namespace, pod, active: flush, flush }));
      const stored = async () => (await query.ask(namespace, pod)).values[pod] === String(flush);
      await until(stored, { what: `flush ${flush} of a stream that did nothing wrong` });
    },
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}
