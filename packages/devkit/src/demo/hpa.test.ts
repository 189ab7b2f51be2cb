import assert from 'node:assert/strict';
import test from 'node:test';
import { desiredReplicas, type PodValue } from './hpa.ts';

const target = { averageValue: 10, tolerance: 0.1 };
const cases: readonly { name: string; values: PodValue[]; replicas: number }[] = [
  { name: 'a mean above the target scales out, rounded up', values: [20, 15, 10], replicas: 5 },
  { name: 'a mean below the target scales in', values: [5, 5, 4], replicas: 2 },
  { name: 'all idle asks for none', values: [0, 0, 0], replicas: 0 },
  { name: 'a mean within the tolerance changes nothing', values: [11, 11, 11], replicas: 3 },
  { name: 'a mean just beyond the tolerance changes', values: [12, 11, 11], replicas: 4 },
  { name: 'a missing pod counts as 0 when it would scale out', values: [20, 20, undefined], replicas: 4 },
  {
    name: 'a missing pod counts as on target when it would scale in',
    values: [1, 1, undefined],
    replicas: 2,
  },
  {
    name: 'a missing pod that turns the direction changes nothing',
    values: [13, 13, undefined],
    replicas: 3,
  },
  { name: 'no value at all changes nothing', values: [undefined, undefined], replicas: 2 },
];

for (const { name, values, replicas } of cases) {
  test(name, () => assert.equal(desiredReplicas(values, target), replicas));
}
