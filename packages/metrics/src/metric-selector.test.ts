import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabelSelector } from '@activescale/protocol/kubernetes';
import type { Metric } from './metric.ts';
import { MetricSelectorError, selectMetric } from './metric-selector.ts';

const RATE: Metric = { name: 'requests_per_second', signal: 'requests', function: 'rate', window: 60_000 };
const LAST: Metric = { name: 'active_requests', signal: 'active_requests', function: 'last' };
const DEMAND: Metric = { name: 'demand_requests', signal: 'demand_active_requests', function: 'held' };

function refusal(metric: Metric, selector: string): string {
  try {
    selectMetric(metric, parseLabelSelector(selector));
  } catch (error) {
    assert.ok(error instanceof MetricSelectorError);
    return error.message.replace('unable to select a series: ', '');
  }
  return 'taken';
}

test('over selects another window, and without it the catalogue decides', () => {
  const window = (selector: string) => selectMetric(RATE, parseLabelSelector(selector)).metric.window;
  assert.equal(window(''), 60_000);
  assert.equal(window('over=30s'), 30_000);
  assert.equal(window('over==10s'), 10_000);
  assert.equal(window('over=2m'), 120_000);
  assert.equal(window('over=1m30s'), 90_000);
});

test('any other key is refused with the valid keys', () => {
  const why = (key: string) =>
    `unknown key "${key}"; the keys of a metric selector are "over" and, for demand metrics, "port"`;
  assert.equal(refusal(RATE, 'path=x'), why('path'));
  assert.equal(refusal(RATE, '!path,over=30s'), why('path'));
  assert.equal(refusal(LAST, 'window=30s'), why('window'));
});

test('an invalid window is refused by name', () => {
  const range = 'expected a duration from 10s to 2m';
  assert.equal(refusal(RATE, 'over=9s'), `over=9s: ${range}`);
  assert.equal(refusal(RATE, 'over=121s'), `over=121s: ${range}`);
  assert.equal(refusal(RATE, 'over=soon'), `over=soon: ${range}`);
  assert.equal(refusal(RATE, 'over='), `over=: ${range}`);
  assert.equal(refusal(LAST, 'over=30s'), 'over=30s: the metric active_requests has no window');
  for (const selector of [
    'over in (30s)',
    'over!=30s',
    'over',
    '!over',
    'over>5',
    'over notin (30s)',
    'over=30s,over=1m',
  ]) {
    assert.equal(refusal(RATE, selector), 'over takes one window, as in over=30s', selector);
  }
});

test('port asks for the demand of one port', () => {
  const port = (selector: string) => selectMetric(DEMAND, parseLabelSelector(selector)).port;
  assert.equal(port(''), undefined);
  assert.equal(port('port=8080'), '8080');
  assert.equal(port('port==http'), 'http');
  for (const selector of [
    'port in (80)',
    'port!=80',
    'port',
    '!port',
    'port>80',
    'port=80,port=81',
    'port=',
  ]) {
    assert.equal(refusal(DEMAND, selector), 'port takes one port, as in port=8080', selector);
  }
});

test('a metric of pods has no port', () => {
  const why = 'active_requests is counted at pods, for all ports together; only demand metrics have ports';
  assert.equal(refusal(LAST, 'port=80'), `port=80: ${why}`);
});
