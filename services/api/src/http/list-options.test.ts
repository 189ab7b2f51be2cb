import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLabelSelector } from '@activescale/protocol/kubernetes';
import { parseListOptions } from './list-options.ts';

function refusal(query: string, name = '*'): string {
  try {
    parseListOptions(new URLSearchParams(query), name);
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
  return '';
}

test('reads both selectors, and ignores what it does not know', () => {
  const options = parseListOptions(
    new URLSearchParams(
      'labelSelector=app%3Dweb&metricLabelSelector=path+in+(x,y)&limit=5&watch=true&foo=bar',
    ),
    '*',
  );
  assert.equal(formatLabelSelector(options.labelSelector), 'app=web');
  assert.equal(formatLabelSelector(options.metricLabelSelector), 'path in (x,y)');
});

test('refuses a bad selector of either kind with the text of its parser', () => {
  const text = "unable to parse requirement: found '!', expected: identifier";
  assert.equal(refusal('labelSelector=a=!b'), text);
  assert.equal(refusal('metricLabelSelector=!!a'), text);
});

test('refuses a selector of either kind that is too long, with its length and the limit', () => {
  const long = 'x'.repeat(20_000);
  assert.match(refusal(`labelSelector=${long}`), /label selector has 20000 bytes, at most 16384/);
  assert.match(refusal(`metricLabelSelector=${long}`), /label selector has 20000 bytes, at most 16384/);
  assert.match(
    refusal(`fieldSelector=metadata.name=${long}`),
    /field selector has 20014 bytes, at most 4096/,
  );
});

test('takes a field selector that repeats the name, and no other', () => {
  const other = "fieldSelector metadata.name doesn't match requested name";
  assert.equal(refusal('fieldSelector=metadata.name=pod-a', 'pod-a'), '');
  assert.equal(refusal('fieldSelector=metadata.name==pod-a,metadata.namespace!=x', 'pod-a'), '');
  assert.equal(refusal('fieldSelector=', 'pod-a'), '');
  assert.equal(refusal('fieldSelector=metadata.name=pod-b', 'pod-a'), other);
  assert.equal(refusal('fieldSelector=metadata.name!=pod-a', 'pod-a'), other);
  assert.equal(refusal('fieldSelector=metadata.namespace=x', 'pod-a'), other);
  assert.equal(refusal('fieldSelector=metadata.name=pod-a', '*'), other);
  assert.equal(
    refusal('fieldSelector=spec.x=1'),
    '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  );
  assert.equal(refusal('fieldSelector=abc'), "invalid selector: 'abc'; can't understand 'abc'");
  assert.equal(refusal('fieldSelector=metadata.name=a\\,b', 'a,b'), '');
});

test('refuses numbers that are none in the words of strconv', () => {
  assert.equal(refusal('limit=abc'), 'strconv.ParseInt: parsing "abc": invalid syntax');
  assert.equal(refusal('timeoutSeconds=1e3'), 'strconv.ParseInt: parsing "1e3": invalid syntax');
  assert.equal(
    refusal('limit=9223372036854775808'),
    'strconv.ParseInt: parsing "9223372036854775808": value out of range',
  );
  assert.equal(refusal('limit=-5'), '');
});
