import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '@activescale/runtime';
import { type AnsweredRequest, createRequestLog } from './request-log.ts';

type Line = readonly [level: string, fields: Readonly<Record<string, unknown>>];

/** A request log whose lines are kept; `verbose`: LOG_VERBOSITY is 1 or more. */
function start({ verbose }: { verbose: boolean }) {
  const state = { now: 0 };
  const lines: Line[] = [];
  const level = (name: string) => (fields: Record<string, unknown>) => lines.push([name, fields]);
  const log = { isLevelEnabled: (name: string) => verbose || name === 'warn' };
  const logger = Object.assign(log, { warn: level('warn'), debug: level('debug') }) as unknown as Logger;
  const logRequest = createRequestLog(logger, () => state.now);
  const request = (given: Partial<AnsweredRequest>) =>
    logRequest({
      auditId: 'a',
      user: 'hpa',
      method: 'GET',
      url: '/apis',
      status: 200,
      durationMs: 1.234,
      items: undefined,
      reason: undefined,
      allowed: true,
      ...given,
    });
  return { state, lines, request };
}

test('a failure of the server is logged whatever the verbosity, and nothing else is', () => {
  const { lines, request } = start({ verbose: false });
  for (const status of [200, 404, 403, 429]) request({ status });
  request({ status: 503, reason: 'the metrics store is unavailable' });
  assert.deepEqual(
    lines.map(([level, { status, reason }]) => [level, status, reason]),
    [['warn', 503, 'the metrics store is unavailable']],
  );
});

test('with more verbosity each request is a line, with who asked what and how it ended', () => {
  const { lines, request } = start({ verbose: true });
  request({ status: 404, items: 0, reason: 'no pod matches' });
  assert.deepEqual(lines, [
    [
      'debug',
      {
        auditId: 'a',
        user: 'hpa',
        method: 'GET',
        path: '/apis',
        status: 404,
        durationMs: 1.2,
        items: 0,
        reason: 'no pod matches',
        suppressed: undefined,
      },
    ],
  ]);
  for (let i = 0; i < 50; i++) request({});
  assert.equal(lines.length, 51, 'none of an allowed sender is suppressed');
});

test('lines of refused requests and of failures are limited by status, and the next one counts those suppressed', () => {
  for (const request of [{ status: 401, allowed: false }, { status: 503 }]) {
    const log = start({ verbose: true });
    for (let i = 0; i < 1_000; i++) log.request(request);
    assert.equal(log.lines.length, 10);
    log.state.now = 10_000;
    log.request(request);
    assert.equal(log.lines.at(-1)?.[1].suppressed, 990);
  }
});

test('texts of the client are bounded, and harmless to a terminal', () => {
  const { lines, request } = start({ verbose: true });
  const hostile = '\u009b2J\u202e'.repeat(10_000);
  request({ user: hostile, method: hostile, url: hostile, reason: hostile });
  const text = JSON.stringify(lines);
  assert.doesNotMatch(text, /[\u007f-\u009f\u202e]/);
  assert.ok(text.length < 10_000, `${text.length} characters`);
});
