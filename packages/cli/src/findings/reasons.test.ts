import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BehaviorSpec,
  decide,
  decideWithoutMetrics,
  MetricFailure,
  podsMetricReplicas,
  valueReplicas,
} from '@activescale/hpa';
import { describeCode } from './described.ts';
import { FAILURE_CODES, KEPT_CODES, LIMIT_CODES } from './reasons.ts';

const TOLERANCE = { up: 0.1, down: 0.1 };

function limitCodes(wanted: number, behavior: BehaviorSpec | undefined, current = 4): string[] {
  const limits = {
    current,
    min: 2,
    max: 6,
    behavior,
    past: { known: false, sinceLastScale: undefined },
  } as const;
  return decide({ low: wanted, high: wanted }, limits).reasons.map(({ kind }) => LIMIT_CODES[kind]);
}

test('each limit of a decision has its code', () => {
  const now = { stabilizationWindowSeconds: 0 };
  const onePod = { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] };
  assert.deepEqual(limitCodes(9, undefined), ['ASC911']);
  assert.deepEqual(limitCodes(1, { scaleDown: now }), ['ASC912']);
  assert.deepEqual(limitCodes(5, { scaleUp: { selectPolicy: 'Disabled' } }), ['ASC913']);
  assert.deepEqual(limitCodes(2, { scaleDown: { selectPolicy: 'Disabled', ...now } }), ['ASC913']);
  assert.deepEqual(limitCodes(6, { scaleUp: onePod }), ['ASC914']);
  assert.deepEqual(limitCodes(2, { scaleDown: { ...onePod, ...now } }), ['ASC914']);
  assert.deepEqual(limitCodes(3, undefined), ['ASC915']);
  assert.deepEqual(limitCodes(3, {}), ['ASC915']);
});

test('each reason to read no metrics has its code', () => {
  const codes = (more: Partial<Parameters<typeof decideWithoutMetrics>[0]>) => {
    const standing = {
      current: 0,
      min: 0,
      max: 6,
      wakesBy: 'ScaledToZero',
      scaledToZero: true,
    } as const;
    return decideWithoutMetrics({ ...standing, ...more })?.reasons.map(({ kind }) => LIMIT_CODES[kind]);
  };
  assert.deepEqual(codes({ wakesBy: 'minReplicas', min: 1 }), ['ASC916']);
  assert.deepEqual(codes({ scaledToZero: false }), ['ASC917']);
  assert.deepEqual(codes({ current: 9 }), ['ASC911']);
  assert.deepEqual(codes({ current: 1, min: 2 }), ['ASC912']);
});

/** The code for a Pods metric with the target 10, by the value of each pod; 'Pending': such a pod, undefined: no value. */
function podsCode(
  pods: readonly (number | 'Pending' | undefined)[],
  current = pods.length,
): string | undefined {
  const named = pods.map((value, i) => ({ name: `web-${i}`, value }));
  const values = named.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, 1000 * (value === 'Pending' ? 1 : value)] as const],
  );
  try {
    const { kept } = podsMetricReplicas({
      pods: named.map(({ name, value }) => {
        const phase = value === 'Pending' ? value : 'Running';
        return { name, phase, deleting: false, ready: true };
      }),
      values: new Map(values),
      current,
      target: 10_000,
      tolerance: TOLERANCE,
    });
    return kept && KEPT_CODES[kept];
  } catch (error) {
    if (error instanceof MetricFailure) return FAILURE_CODES[error.kind];
    throw error;
  }
}

test('each reason to keep the replicas, and each failure of a metric, has its code', () => {
  assert.equal(podsCode([30, 30]), undefined);
  assert.equal(podsCode([10, 10]), 'ASC931');
  assert.equal(podsCode([18, undefined]), 'ASC931');
  assert.equal(podsCode([16, 'Pending', undefined]), 'ASC932');
  assert.equal(podsCode([30, undefined], 9), 'ASC933');
  assert.equal(podsCode([undefined]), 'ASC903');
  assert.equal(podsCode(['Pending']), 'ASC906');
  const whole = { value: 30, target: 10, tolerance: TOLERANCE };
  assert.throws(
    () => valueReplicas(whole, 1, []),
    (error) => error instanceof MetricFailure && FAILURE_CODES[error.kind] === 'ASC905',
  );
});

test('a code is described by its page and anchor', () => {
  assert.deepEqual(describeCode('ASC931'), {
    code: 'ASC931',
    severity: 'info',
    docs: 'docs/findings.md#asc931',
  });
});
