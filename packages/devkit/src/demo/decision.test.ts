import assert from 'node:assert/strict';
import test from 'node:test';
import { decideReplicas } from './decision.ts';

const hpa = { averageValue: 10, min: 3, max: 5 };
const cases: readonly { name: string; values: (number | undefined)[]; replicas: number }[] = [
  { name: 'a mean above the target scales out, rounded up', values: [13, 12, 12], replicas: 4 },
  { name: 'maxReplicas limits the replicas', values: [30, 30, 30], replicas: 5 },
  { name: 'a mean below the target scales in', values: [8, 8, 8, 8, 7], replicas: 4 },
  { name: 'minReplicas remain when all pods are idle', values: [0, 0, 0, 0], replicas: 3 },
  { name: 'a mean within the tolerance changes nothing', values: [11, 11, 11], replicas: 3 },
  { name: 'a mean just beyond the tolerance scales out', values: [12, 11, 11], replicas: 4 },
  { name: 'a pod without a value counts as 0 when scaling out', values: [18, 18, undefined], replicas: 4 },
  {
    name: 'nothing changes while no pod has a value',
    values: [undefined, undefined, undefined],
    replicas: 3,
  },
];

for (const { name, values, replicas } of cases) {
  test(name, () => {
    const pods = new Map(values.map((value, i) => [`web-${i}`, value]));
    assert.equal(decideReplicas(pods, hpa), replicas);
  });
}
