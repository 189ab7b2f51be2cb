import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wantsAggregated } from '../discovery/aggregated-discovery.ts';
import { negotiate } from './negotiation.ts';
import { wantsPretty } from './pretty.ts';
import { StatusError } from './status-error.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

test('answers JSON to every client of Kubernetes, YAML if the client prefers it', () => {
  const accepted = {
    'application/json, */*': 'application/json',
    'application/vnd.kubernetes.protobuf, */*': 'application/json',
    'application/vnd.kubernetes.protobuf,application/json': 'application/json',
    [`${TABLE},application/json`]: 'application/json',
    'application/yaml': 'application/yaml',
    'application/json;q=0.5, application/yaml': 'application/yaml',
    'application/*': 'application/json',
    '*': 'application/json',
    '*/*, application/yaml': 'application/yaml',
    'application/*, application/yaml': 'application/yaml',
    '*/*;q=1, application/yaml;q=0.5': 'application/yaml', // Go's Less puts a specific type first, whatever its weight
    'application/yaml;q=0.5, */*;q=1': 'application/json',
    'text/html, */*': 'application/json',
    'text/html, application/yaml;q=0.1': 'application/yaml',
    'application/yaml;q=x, application/json': 'application/json',
    'json, application/yaml': 'application/yaml',
    '': 'application/json',
  };
  for (const [accept, type] of Object.entries(accepted)) assert.equal(negotiate(accept), type, accept);
  assert.equal(negotiate(undefined), 'application/json');
});

test('reads an Accept header of 60,000 types in a few milliseconds', () => {
  for (const unit of [',', '*/*,', 'a/b;q=0.5,', 'a/b;a=b;', '=', ';', '/']) {
    const start = performance.now();
    negotiate(unit.repeat(60_000));
    const took = performance.now() - start;
    assert.ok(took < 250, `${unit}: ${took} ms`);
  }
});

test('refuses what is not served, a Table in other words', () => {
  const message = (accept: string) => {
    const answer = negotiate(accept);
    return typeof answer === 'string' ? answer : answer.message;
  };
  assert.match(message('text/html'), /^406: Not Acceptable\n\nAvailable representations: application\/json/);
  assert.match(message('application/json;stream=watch'), /^406: Not Acceptable/);
  assert.match(message(TABLE), /^only the following media types are accepted: application\/json/);
});

test('indents for people', () => {
  const pretty = (query: string, agent?: string) => wantsPretty(new URLSearchParams(query), agent);
  assert.equal(pretty(''), false);
  assert.equal(pretty('pretty=true'), true);
  assert.equal(pretty('pretty=1'), true);
  assert.equal(pretty('', 'curl/8.5.0'), true);
  assert.equal(pretty('', 'Mozilla/5.0 (X11)'), true);
  assert.equal(pretty('pretty=false', 'curl/8.5.0'), false);
  assert.equal(pretty('', 'kube-controller-manager/v1.34.1'), false);
});

test('answers with aggregated discovery if it is the most preferred type that is served', () => {
  const form = (version: string) =>
    `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
  assert.equal(wantsAggregated(`${form('v2')},${form('v2beta1')},application/json`), true);
  assert.equal(wantsAggregated(`${form('v2beta1')},application/json`), false);
  assert.equal(wantsAggregated(`application/json,${form('v2')}`), false);
  assert.equal(wantsAggregated(undefined), false);
  for (const other of ['application/vnd.kubernetes.protobuf', 'text/html', 'nonsense', '']) {
    assert.equal(wantsAggregated(`${other},${form('v2')}`), true, other);
    assert.equal(wantsAggregated(`${other},application/yaml,${form('v2')}`), false, other);
  }
  assert.throws(
    () => wantsAggregated(form('v2beta1')),
    (error) => error instanceof StatusError && error.status.code === 406,
  );
});
