import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue, catalogueOf } from '@activescale/metrics';
import fc from 'fast-check';
import { parseTrigger } from './metadata.ts';
import { ScalerError } from './scaler-error.ts';

function parse(scalerMetadata: Readonly<Record<string, string>>, catalogue = builtInCatalogue) {
  return parseTrigger({ name: 'so', namespace: 'shop', scalerMetadata }, catalogue);
}

const KEYS = 'metric target workload service httproute grpcroute selector over port activation'.split(' ');
const TEXTS = [
  ...builtInCatalogue.keys(),
  '10',
  '1m',
  '80',
  'deploy/web',
  'web',
  'app=web',
  '',
  'e9',
  '1e99',
];

const USUAL = { metric: 'active_requests', target: '10', workload: 'deploy/web' };

test('any metadata gives a trigger with a target above 0, or an error that names a key', () => {
  const key = fc.oneof(fc.constantFrom(...KEYS, 'targetFromEnv', 'scalerAddress'), fc.string());
  const value = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary' }));
  let triggers = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 3 }), (entries) => {
      try {
        const { target, activation } = parse({ ...USUAL, ...Object.fromEntries(entries) });
        assert.ok(target > 0 && Number.isFinite(target) && activation >= 0);
        triggers++;
      } catch (error) {
        if (!(error instanceof ScalerError)) throw error;
        assert.equal(error.status, 'INVALID_ARGUMENT');
        assert.ok(error.message.length < 4_000);
      }
    }),
    { numRuns: 500 },
  );
  assert.ok(triggers > 20, `${triggers} triggers`);
});

test('a trigger is about one object: names that cannot exist are refused, as * would be any object', () => {
  const demand = { metric: 'demand_requests', target: '10' };
  for (const name of ['*', '..', 'web/80', 'Web', 'web<edge']) {
    for (const workload of [`deployments.apps/${name}`, `pods/${name}`])
      assert.throws(() => parse({ ...USUAL, workload }), /^ScalerError: workload: found .* RESOURCE\/NAME/);
    for (const key of ['service', 'httproute', 'grpcroute'])
      assert.throws(() => parse({ ...demand, [key]: name }), /: found .*; expected the name of one object/);
  }
});

test('the error of a metric lists some names of a large catalogue', () => {
  const metric = { signal: 'active_requests', function: 'last' } as const;
  const many = catalogueOf(Array.from({ length: 1_000 }, (_, i) => ({ name: `metric-${i}`, ...metric })));
  assert.throws(() => parse({ metric: 'x' }, many), /expected one of metric-0, .*metric-39 and 960 more$/);
});
