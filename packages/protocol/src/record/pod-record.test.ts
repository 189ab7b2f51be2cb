import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodePodRecord, encodePodRecord, MAX_RECORD_BYTES } from './pod-record.ts';
import { RecordError } from './record-error.ts';

const label = fc.string({ maxLength: 63, unit: 'grapheme' });

test('workload and labels read back as they were written', () => {
  fc.assert(
    fc.property(label, fc.dictionary(label, label, { maxKeys: 20 }), (workload, labels) => {
      const read = decodePodRecord(encodePodRecord({ workload, labels }));
      assert.equal(read.workload, workload);
      assert.deepEqual({ ...read.labels }, { ...labels });
    }),
  );
});

test('any bytes give a record or a RecordError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      if (bytes.length > 0) bytes[0] = 1;
      try {
        decodePodRecord(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof RecordError);
      }
    }),
  );
});

test('labels beyond the largest record are left out, the rest stays readable', () => {
  const labels = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`label-${i}`, 'x'.repeat(60)]));
  const bytes = encodePodRecord({ workload: 'web', labels });
  assert.ok(bytes.length <= MAX_RECORD_BYTES);
  const read = decodePodRecord(bytes);
  assert.equal(read.workload, 'web');
  assert.equal(read.labels['label-0'], 'x'.repeat(60));
  assert.equal(read.labels['label-1999'], undefined);
});

test('a label named like a member of Object is a label', () => {
  const read = decodePodRecord(encodePodRecord({ workload: '', labels: JSON.parse('{"__proto__":"x"}') }));
  assert.deepEqual(Object.keys(read.labels), ['__proto__']);
});
