import assert from 'node:assert/strict';
import { test } from 'node:test';
import { productionSources, readSource } from './sources.ts';

const documented = (page: string): Set<string> =>
  new Set([...readSource(page).text.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));

test('every error code is documented, and no other', () => {
  const sources = productionSources('{services,packages}/*').filter(
    ({ path }) => !path.startsWith('packages/devkit/'),
  );
  // Those of Node are not ours.
  const isOurs = (code: string) => !/^ERR_(HTTP2|HTTP|TLS|SSL|SYSTEM|STREAM|INVALID)_/.test(code);
  const codes = new Set(sources.flatMap(({ text }) => text.match(/\bERR_[A-Z_]+\b/g) ?? []).filter(isOurs));
  assert.ok(codes.size > 30, `${codes.size} codes`);
  const known = [...documented('docs/reference.md')].filter((name) => name.startsWith('ERR_'));
  assert.deepEqual(known.sort(), [...codes].sort());
});

test('the table of refusals has the reason and the status that each code leads to', () => {
  const { text } = readSource('services/ingest/src/wires/refusal.ts');
  const rows = [...text.matchAll(/(ERR_\w+): \{ reason: '(\w+)', status: STATUS\.(\w+) \}/g)];
  assert.ok(rows.length > 15, `${rows.length} rows`);
  const page = readSource('docs/reference.md').text;
  for (const [, code, reason, status] of rows)
    assert.ok(
      page.includes(`| \`${code}\` | \`${reason}\` | \`${status}\` |`),
      `${code}: ${reason}, ${status}`,
    );
});

test('every reason to refuse data or to leave out a pod is in the runbooks', () => {
  const reasons = [
    ...members('services/ingest/src/wires/refusal.ts', 'RefusalReason'),
    ...members('services/ingest/src/demand/destinations.ts', 'DemandRefusal'),
    ...members('packages/metrics/src/samples.ts', 'Omission'),
  ];
  assert.ok(reasons.length > 30, `${reasons.length} reasons`);
  const known = documented('docs/runbooks.md');
  assert.deepEqual(
    reasons.filter((reason) => !known.has(reason)),
    [],
  );
});

/** The literals of a union type. */
function members(path: string, type: string): string[] {
  const { text } = readSource(path);
  const [, body = ''] = new RegExp(`export type ${type} =\\n([\\s\\S]*?);`).exec(text) ?? [];
  return [...body.matchAll(/^\s+\| '(\w+)'/gm)].map(([, name = '']) => name);
}
