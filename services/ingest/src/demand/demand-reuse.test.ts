import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FamilySpec } from '@activescale/protocol/testing';
import fc from 'fast-check';
import { createDemandIngest } from '../testing/demand-ingest.ts';
import { cluster, GATEWAY, ROUTER, type Stats } from '../testing/gateway-stats.ts';

const hostOf = (name: string) => `outbound|80||${name}.svc.cluster.local;`;
const families = (stats: ReadonlyMap<string, Stats>): FamilySpec[] =>
  [...stats].flatMap(([name, of]) => cluster(hostOf(name), of));

/** With labels, no family of a flush is taken from the flush before. */
const OTHER: FamilySpec = { name: `cluster.${hostOf('other.tools')}.upstream_rq_total`, counter: 1 };
const LABELLED: FamilySpec = { ...OTHER, labels: { some: 'label' } };

const name = fc.constantFrom('web.shop', 'api.shop', 'db.shop');
const few = fc.integer({ min: 0, max: 2 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ flushes: fc.constantFrom(1, 2, 5), after: fc.constantFrom(200, 1_000, 5_000) }),
  },
  { weight: 1, arbitrary: fc.record({ flushes: fc.constantFrom(40, 130), after: fc.constant(1_000) }) },
  { weight: 4, arbitrary: fc.record({ name, active: few, requests: few, unhealthy: few }) },
  { weight: 1, arbitrary: fc.record({ removed: name }) },
  { weight: 1, arbitrary: fc.record({ late: name, active: few }) },
  { weight: 1, arbitrary: fc.constant('reconnect' as const) },
);

for (const node of [ROUTER, GATEWAY])
  for (const counterMode of ['cumulative', 'delta'] as const)
    test(`reused families of ${node.id.split('~', 1)} change no record, ${counterMode}`, async () => {
      const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const runs = [OTHER, LABELLED].map((other) => {
          const ingest = createDemandIngest({ counterMode });
          return { other, ingest, stream: ingest.open(node) };
        });
        const stats = new Map<string, Stats>();
        const send = async (sent: readonly FamilySpec[], after: number) => {
          for (const { stream, other } of runs) await stream.flush([...sent, other], after);
        };
        for (const each of steps) {
          if (each === 'reconnect') {
            for (const run of runs) {
              run.stream.end();
              run.stream = run.ingest.open(node);
            }
          } else if ('removed' in each) stats.delete(each.removed);
          else if ('late' in each) await send(cluster(hostOf(each.late), { active: each.active }), 0);
          else if ('flushes' in each)
            for (let i = 0; i < each.flushes; i++) await send(families(stats), each.after);
          else {
            const { total = 0, unhealthy = 0 } = stats.get(each.name) ?? {};
            const requests = total + each.requests;
            const took = { count: each.requests, sum: 5 * each.requests };
            const counters = { total: requests, completed: requests, unhealthy: unhealthy + each.unhealthy };
            stats.set(each.name, { active: each.active, took, ...counters });
          }
          const [reused, whole] = runs.map(({ ingest }) =>
            ingest.names('shop').map((record) => [record, ingest.stored('shop', record)]),
          );
          assert.deepEqual(reused, whole);
        }
      });
      await fc.assert(property, { numRuns: 60 });
    });
