import { parseArgs } from 'node:util';
import { type FuzzTarget, fuzz } from '@activescale/devkit';
import fc from 'fast-check';
import { metricPathOf } from '../custom-metrics/metric-path.ts';
import { externalPathOf } from '../external-metrics/external-path.ts';
import { parseListOptions } from '../http/list-options.ts';
import { requestInfo } from '../http/request-info.ts';
import { StatusError } from '../http/status-error.ts';
import { parseTarget } from '../http/target.ts';
import { checkTimeout } from '../http/timeout-parameter.ts';
import { recordPathOf } from '../records/record-path.ts';
import { recordQueryOf } from '../records/record-query.ts';
import { QUERY_PARAMETERS } from './query-parameters.ts';

// `npm run fuzz` runs this: what api makes of paths and queries. --inputs N --seed S

const part = fc.oneof(
  fc.constantFrom(
    'namespaces',
    'pods',
    'podrecords',
    'destinationrecords',
    '*',
    'metrics',
    'status',
    'finalize',
    'watch',
    'proxy',
    '..',
    '',
    'apis',
  ),
  fc.string({ maxLength: 12 }),
);
const path = fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/'));
const parameter = fc.tuple(
  fc.constantFrom(...QUERY_PARAMETERS),
  fc.oneof(fc.string({ maxLength: 24 }), fc.stringMatching(/^[a-c=!<>(), .0-9smhin-]{0,24}$/)),
);
const request = fc.record({
  path,
  query: fc.array(parameter, { maxLength: 4 }),
  name: fc.option(part, { nil: undefined }),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

const paths: FuzzTarget = {
  name: 'paths and queries of the API',
  inputs: (seed) => fc.sample(request, { numRuns: 1_000, seed }),
  run({ path, query, name }: Request) {
    const search = new URLSearchParams(query);
    const info = requestInfo('GET', { path: `/apis/${path}`, query: search });
    for (const parse of [
      () => parseTarget(path),
      () => info.kind === 'path' || metricPathOf(info),
      () => info.kind === 'path' || externalPathOf(info),
      () => info.kind === 'path' || recordPathOf(info),
      () => parseListOptions(search, name),
      () => recordQueryOf(search),
      () => checkTimeout(search),
    ]) {
      try {
        parse();
      } catch (error) {
        if (!(error instanceof StatusError) || error.status.code >= 500) throw error;
      }
    }
  },
};

const { values } = parseArgs({
  options: { inputs: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
process.stdout.write(`${JSON.stringify(fuzz(paths, Number(values.inputs), Number(values.seed)))}\n`);
