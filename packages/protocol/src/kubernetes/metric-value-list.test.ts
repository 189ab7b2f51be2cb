import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeMetricValueList, type MetricValueList } from './metric-value-list.ts';
import { formatQuantity } from './quantity.ts';

const POD_A: MetricValueList = {
  metric: 'active_requests',
  selector: null,
  kind: 'Pod',
  apiVersion: 'v1',
  namespace: 'default',
  items: [{ name: 'pod-a', timestamp: Date.parse('2026-11-22T21:20:39.900Z'), value: 1.5 }],
};
const SELECTOR = '{"matchExpressions":[{"key":"path","operator":"In","values":["x","y"]}]}';

test('writes a v1beta2 body byte for byte', () => {
  assert.equal(
    encodeMetricValueList('v1beta2', POD_A).toString(),
    '{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[{"describedObject":{"kind":"Pod","namespace":"default","name":"pod-a","apiVersion":"v1"},"metric":{"name":"active_requests","selector":null},"timestamp":"2026-11-22T21:20:39Z","value":"1500m"}]}\n',
  );
});

test('writes a v1beta1 body byte for byte', () => {
  assert.equal(
    encodeMetricValueList('v1beta1', { ...POD_A, selector: SELECTOR }).toString(),
    `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta1","metadata":{},"items":[{"describedObject":{"kind":"Pod","namespace":"default","name":"pod-a","apiVersion":"v1"},"metricName":"active_requests","timestamp":"2026-11-22T21:20:39Z","value":"1500m","selector":${SELECTOR}}]}\n`,
  );
});

test('writes the window where each version has it', () => {
  const items = [{ name: 'pod-a', timestamp: 0, value: 2, windowSeconds: 60 }];
  const item = '"timestamp":"1970-01-01T00:00:00Z",';
  const v1beta2 = encodeMetricValueList('v1beta2', { ...POD_A, items }).toString();
  assert.ok(v1beta2.includes(`${item}"windowSeconds":60,"value":"2"}`));
  const v1beta1 = encodeMetricValueList('v1beta1', { ...POD_A, items }).toString();
  assert.ok(v1beta1.includes(`${item}"window":60,"value":"2","selector":null}`));
});

test('items of the same second may have different windows, or none', () => {
  const windows = [60, 59, undefined];
  const items = windows.map((windowSeconds) => ({
    name: 'pod-a',
    timestamp: 0,
    value: 2,
    ...(windowSeconds !== undefined && { windowSeconds }),
  }));
  const { items: read } = JSON.parse(encodeMetricValueList('v1beta2', { ...POD_A, items }).toString());
  assert.deepEqual(
    read.map((item: { windowSeconds?: number }) => item.windowSeconds),
    windows,
  );
});

test('writes an empty list as [], and leaves the namespace out where objects have none', () => {
  assert.equal(
    encodeMetricValueList('v1beta2', { ...POD_A, items: [] }).toString(),
    '{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","metadata":{},"items":[]}\n',
  );
  const { namespace: _, ...cluster } = POD_A;
  assert.ok(encodeMetricValueList('v1beta2', cluster).includes('{"kind":"Pod","name":"pod-a",'));
});

test('any names, values and times give JSON that holds them, in both versions', () => {
  const item = fc.record({
    name: fc.string({ unit: 'binary' }),
    timestamp: fc.integer({ min: 0, max: 4e12 }),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(item), (metric, items) => {
      const list = { ...POD_A, metric, items };
      const v1beta2 = JSON.parse(encodeMetricValueList('v1beta2', list).toString());
      const v1beta1 = JSON.parse(encodeMetricValueList('v1beta1', list).toString());
      assert.equal(v1beta2.items.length, items.length);
      for (const [index, { name, timestamp, value }] of items.entries()) {
        const read = v1beta2.items[index];
        assert.equal(read.describedObject.name, name);
        assert.equal(read.metric.name, metric);
        assert.equal(Date.parse(read.timestamp), Math.floor(timestamp / 1000) * 1000);
        assert.equal(read.value, formatQuantity(value));
        assert.equal(v1beta1.items[index].metricName, metric);
        assert.equal(v1beta1.items[index].value, read.value);
      }
    }),
  );
});
