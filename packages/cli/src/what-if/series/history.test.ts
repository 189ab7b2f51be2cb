import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Question } from '../../cluster/question.ts';
import { hpaOf } from '../testing/series.ts';
import { defaultExpression, readHistory } from './history.ts';

type Values = readonly (readonly [seconds: number, value: string])[];

/** A server with the series of each expression, in Prometheus' format. */
async function startPrometheus(answers: Readonly<Record<string, readonly Values[]>>) {
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '', 'http://127.0.0.1').searchParams.get('query') ?? '';
    const result = (answers[asked] ?? []).map((values) => ({ metric: {}, values }));
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const REPLICAS =
  'max(kube_horizontalpodautoscaler_status_current_replicas{namespace="shop",horizontalpodautoscaler="web"})';
const HISTORY = { hpa: hpaOf(), to: 63_000, span: 3_000, signal: new AbortController().signal };

test('a history has a sample for each step, unknown where Prometheus has no value', async () => {
  await using server = await startPrometheus({
    load: [
      [
        [60, '20'],
        [62, '22.5'],
      ],
    ],
    [REPLICAS]: [[[61, '3']]],
  });
  const history = await readHistory({ ...HISTORY, server: server.url, expressions: ['load'] });
  const at = (second: number, load: number | undefined, replicas: number | undefined) => ({
    at: 1_000 * second,
    loads: [load],
    replicas,
    ready: undefined,
  });
  assert.deepEqual(history, {
    hpa: HISTORY.hpa,
    step: 1_000,
    samples: [
      at(60, 20, undefined),
      at(61, undefined, 3),
      at(62, 22.5, undefined),
      at(63, undefined, undefined),
    ],
  });
});

test('a query with several series, none, or a negative load is refused with its expression', async () => {
  const one: Values = [[60, '1']];
  await using server = await startPrometheus({ many: [one, one], negative: [[[60, '-1']]] });
  const refused = (expression: string, message: RegExp) =>
    assert.rejects(readHistory({ ...HISTORY, server: server.url, expressions: [expression] }), {
      code: 'ERR_REPLAY',
      message,
    });
  await refused('many', /^the query has 2 series, expected one, such as sum\(\.\.\.\): many$/);
  await refused('nothing', /^Prometheus has no value for nothing$/);
  await refused('negative', /^the query has the value -1, expected a load: negative$/);
});

test("api's answers about an object are the default, unless a selector changes the metric", () => {
  const question: Question = {
    type: 'Object',
    metric: 'active_requests',
    selector: [],
    describedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    target: { type: 'AverageValue', milli: 10_000 },
  };
  const of = '{namespace="shop",resource="deployments.apps",name="web",metric="active_requests"}';
  assert.equal(
    defaultExpression(hpaOf(), question, 'deployments.apps'),
    `max(activescale_api_answer_value${of} and (time() - activescale_api_answer_timestamp_seconds${of} < 90))`,
  );
  const selector = [{ key: 'over', operator: '=' as const, values: ['30s'] }];
  assert.equal(defaultExpression(hpaOf(), { ...question, selector }, 'deployments.apps'), undefined);
  assert.equal(defaultExpression(hpaOf(), { ...question, type: 'Pods' }, undefined), undefined);
});
