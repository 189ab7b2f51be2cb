import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeExternalMetricValueList } from './external-metric-value-list.ts';

const START =
  '{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","metadata":{},"items":';

test('writes an item with its keys in the order of Go, the window only where there is one', () => {
  const timestamp = Date.UTC(2026, 10, 22, 21, 20, 41, 900);
  assert.equal(
    encodeExternalMetricValueList('a', [{ timestamp, value: 1.5, windowSeconds: 60 }]).toString(),
    `${START}[{"metricName":"a","metricLabels":{},"timestamp":"2026-11-22T21:20:41Z","window":60,"value":"1500m"}]}\n`,
  );
  assert.equal(
    encodeExternalMetricValueList('a', [{ timestamp, value: 0 }]).toString(),
    `${START}[{"metricName":"a","metricLabels":{},"timestamp":"2026-11-22T21:20:41Z","value":"0"}]}\n`,
  );
});

test('without an item the list is empty, never null', () => {
  assert.equal(encodeExternalMetricValueList('a', []).toString(), `${START}[]}\n`);
});
