import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXTERNAL_SCALER } from './service.ts';

const { GetMetrics, GetMetricSpec, IsActive } = EXTERNAL_SCALER;

/** Field number, wire type and content as in protobuf's encoding. */
const text = (field: number, value: string) =>
  Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);
const nested = (field: number, ...content: Buffer[]) =>
  text(field, Buffer.concat(content).toString('latin1'));

test('a ScaledObjectRef is read as KEDA writes it', () => {
  const entry = nested(3, text(1, 'metric'), text(2, 'demand_requests'));
  const ref = Buffer.concat([text(1, 'web'), text(2, 'shop'), entry]);
  const expected = {
    name: 'web',
    namespace: 'shop',
    scalerMetadata: { metric: 'demand_requests' },
  };
  assert.deepEqual(IsActive.requestDeserialize(ref), expected);
  const request = Buffer.concat([nested(1, ref), text(2, 'demand_requests')]);
  assert.deepEqual(GetMetrics.requestDeserialize(request), {
    scaledObjectRef: expected,
    metricName: 'demand_requests',
  });
});

test('fields that a request lacks are empty', () => {
  const ref = { name: '', namespace: '', scalerMetadata: {} };
  assert.deepEqual(IsActive.requestDeserialize(Buffer.alloc(0)), ref);
  assert.deepEqual(GetMetrics.requestDeserialize(Buffer.alloc(0)), { scaledObjectRef: ref, metricName: '' });
});

test('a key that is special in JavaScript stays a key of the metadata', () => {
  const entry = nested(3, text(1, '__proto__'), text(2, 'x'));
  const { scalerMetadata } = IsActive.requestDeserialize(entry);
  assert.deepEqual(Object.entries(scalerMetadata), [['__proto__', 'x']]);
});

test('answers are written as KEDA reads them', () => {
  const spec = { metricName: 'm', targetSize: 3, targetSizeFloat: 2.5 };
  const double = Buffer.alloc(8);
  double.writeDoubleLE(2.5);
  const content = Buffer.concat([text(1, 'm'), Buffer.from([0x10, 3, 0x19]), double]);
  const bytes = GetMetricSpec.responseSerialize({ metricSpecs: [spec] });
  assert.deepEqual(bytes, Buffer.concat([Buffer.from([0x0a, content.length]), content]));
  assert.deepEqual(GetMetricSpec.responseDeserialize(bytes), { metricSpecs: [spec] });
  assert.deepEqual(IsActive.responseSerialize({ result: true }), Buffer.from([0x08, 1]));
});

test('bytes that are not a message are an error', () => {
  assert.throws(() => IsActive.requestDeserialize(Buffer.from([0x0a, 9, 1])));
});
