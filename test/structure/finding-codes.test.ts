import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allSources, productionSources, readSource } from './sources.ts';

const TABLE = 'packages/cli/src/findings/codes.ts';

/** Each row of the table of codes: the code, the severity and the title. */
const rows = [
  ...readSource(TABLE).text.matchAll(/^ {2}(ASC\d{3}): (\w+)\((?:'([^']*)'|"([^"]*)")\),$/gm),
].map(([, code = '', severity = '', single, double]) => ({
  code,
  severity,
  title: single ?? double ?? '',
}));
const codes = rows.map(({ code }) => code);

/** The codes that sources name. */
function named(sources: readonly { readonly text: string }[]): Set<string> {
  return new Set(sources.flatMap(({ text }) => text.match(/\bASC\d{3}\b/g) ?? []));
}

test('every finding code has its place in the table, in the order of the numbers', () => {
  assert.ok(codes.length > 80, `${codes.length} codes`);
  assert.deepEqual(codes, [...new Set(codes)].sort());
  const entries = readSource(TABLE).text.match(/^ {2}ASC/gm) ?? [];
  assert.equal(codes.length, entries.length, 'a row that this test does not read');
});

test('every finding code is used, and no other', () => {
  const sources = productionSources('{services,packages}/*').filter(({ path }) => path !== TABLE);
  assert.deepEqual([...named(sources)].sort(), codes);
});

/** Where tests start real servers. */
const ON_REAL_SERVERS = /^test\/(e2e|zero|fall-through)\//;

test('every finding code is provoked by a test with real servers', () => {
  const provoked = named(allSources().filter(({ path }) => ON_REAL_SERVERS.test(path)));
  assert.deepEqual(
    codes.filter((code) => !provoked.has(code)),
    [],
  );
});

test('docs/findings.md has a section for every finding code, with its severity and title, and no other', () => {
  const sections = readSource('docs/findings.md').text.split(/^### /m).slice(1);
  assert.deepEqual(
    sections.map((section) => section.split('\n', 3).join('\n')),
    rows.map(({ code, severity, title }) => `${code}\n\n**${severity.toUpperCase()}: ${title}.**`),
  );
  for (const section of sections) {
    assert.match(section, /^- Fix: /m, section);
    assert.match(section, /^- Check: /m, section);
  }
});
