import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostSimilar, suggestion } from './suggest.ts';

const COMMANDS = ['explain', 'doctor', 'inspect', 'top', 'hpa'];

test('a word with at most two typing errors gets a suggestion', () => {
  for (const [word, similar] of [
    ['docotr', 'doctor'], // two letters exchanged
    ['doctr', 'doctor'],
    ['expalin', 'explain'],
    ['inspecct', 'inspect'],
    ['DOCTOR', 'doctor'],
    ['tpo', 'top'],
    ['hap', 'hpa'],
  ] as const)
    assert.equal(mostSimilar(word, COMMANDS), similar, word);
  assert.equal(suggestion('docter', COMMANDS), '; did you mean "doctor"?');
});

test('the most similar candidate is suggested', () => {
  const metrics = ['active_requests_max_1m', 'active_requests_mean_1m', 'active_requests'];
  assert.equal(mostSimilar('active_request', metrics), 'active_requests');
  assert.equal(mostSimilar('active_requests_mean_1', metrics), 'active_requests_mean_1m');
});

test('another word gets no suggestion, however long or short it is', () => {
  for (const word of ['delete', '', 'xy', 'doctoring', 'd'.repeat(100_000)])
    assert.equal(suggestion(word, COMMANDS), '', word.slice(0, 20));
});
