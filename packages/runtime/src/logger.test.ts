import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from './logger.ts';

test('the verbosity opens one level after another', () => {
  const levels = [0, 1, 2, 3, 4].map((verbosity) => createLogger('test', verbosity).level);
  assert.deepEqual(levels, ['info', 'debug', 'debug', 'debug', 'trace']);
});
