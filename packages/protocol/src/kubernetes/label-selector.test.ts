import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KubernetesError } from './kubernetes-error.ts';
import { formatLabelSelector, isSameSelector, type Labels, matchesLabels } from './label-selector.ts';
import { labelSelectorJson } from './label-selector-json.ts';
import { parseLabelSelector } from './label-selector-parse.ts';

const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

test('reads every operator, sorted by key as Go sorts them', () => {
  assert.deepEqual(parseLabelSelector('b!=2, a=1,c==3 ,e in (y,x,x),d notin (z),!g,f,h>4,i<5'), [
    { key: 'a', operator: '=', values: ['1'] },
    { key: 'b', operator: '!=', values: ['2'] },
    { key: 'c', operator: '==', values: ['3'] },
    { key: 'd', operator: 'notin', values: ['z'] },
    { key: 'e', operator: 'in', values: ['x', 'y'] },
    { key: 'f', operator: 'exists', values: [] },
    { key: 'g', operator: '!', values: [] },
    { key: 'h', operator: 'gt', values: ['4'] },
    { key: 'i', operator: 'lt', values: ['5'] },
  ]);
});

test('reads empty values and names that are operators', () => {
  assert.equal(formatLabelSelector(parseLabelSelector('a in ()')), 'a in ()');
  assert.equal(formatLabelSelector(parseLabelSelector('a in (,b,,c,)')), 'a in (,b,c)');
  assert.equal(formatLabelSelector(parseLabelSelector('a=,b=')), 'a=,b=');
  assert.equal(formatLabelSelector(parseLabelSelector('in in (in,notin)')), 'in in (in,notin)');
  assert.deepEqual(parseLabelSelector(''), []);
  assert.deepEqual(parseLabelSelector(' \t\n'), []);
});

// Each text is what apimachinery's labels.Parse answers.
const REFUSED: readonly (readonly [selector: string, message: string])[] = [
  ['!!a', "unable to parse requirement: found '!', expected: identifier"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a=!b', "unable to parse requirement: found '!', expected: identifier"],
  ['a in x', "unable to parse requirement: found 'x' expected: '('"],
  ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  ['a in (x y)', "unable to parse requirement: found 'y', expected: ',' or ')'"],
  ['a in (x,=)', "unable to parse requirement: found '=', expected: ',', or identifier"],
  ['=a', "found '=', expected: !, identifier, or 'end of string'"],
  ['a=b c', "found 'c', expected: ',' or 'end of string'"],
  ['!a=b', "found '=', expected: ',' or 'end of string'"],
  ['a=b,', "found '', expected: identifier after ','"],
  ['a=b,,c', "found ',', expected: identifier after ','"],
  ['-a=b', `unable to parse requirement: <nil>: Invalid value: "-a": name part ${NAME_RULE}`],
  [
    'a/b/c',
    `unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
  ],
  ['/a', 'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty'],
  [
    `${'a'.repeat(64)}=b`,
    `unable to parse requirement: <nil>: Invalid value: "${'a'.repeat(64)}": name part must be no more than 63 bytes`,
  ],
  ['path=/x', `unable to parse requirement: values[0][path]: Invalid value: "/x": ${VALUE_RULE}`],
  [
    'a in (-x,y,z-)',
    `unable to parse requirement: [values[0][a]: Invalid value: "-x": ${VALUE_RULE}, values[2][a]: Invalid value: "z-": ${VALUE_RULE}]`,
  ],
  [
    'a>b',
    `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`,
  ],
];

test('refuses with the text of Kubernetes', () => {
  for (const [selector, message] of REFUSED) {
    assert.throws(() => parseLabelSelector(selector), {
      name: 'KubernetesError',
      code: 'ERR_SELECTOR',
      message,
    });
  }
});

test('refuses a selector with too many bytes, requirements or values', () => {
  const list = (length: number, text: (i: number) => string) =>
    Array.from({ length }, (_, i) => text(i)).join();
  assert.equal(parseLabelSelector(list(256, (i) => `k${i}=v`)).length, 256);
  assert.equal(parseLabelSelector(`a in (${list(1_000, (i) => `v${i}`)})`)[0]?.values.length, 1_000);
  const refused: Readonly<Record<string, string>> = {
    [list(257, (i) => `k${i}=v`)]: 'more requirements, at most 256 are allowed',
    [`a in (${list(1_001, (i) => `v${i}`)})`]: 'more values of one key, at most 1000 are allowed',
    [`a=${'x'.repeat(20_000)}`]: '20002 bytes, at most 16384 are allowed',
    [`a=${'ä'.repeat(10_000)}`]: '20002 bytes, at most 16384 are allowed',
  };
  for (const [selector, why] of Object.entries(refused)) {
    assert.throws(() => parseLabelSelector(selector), {
      code: 'ERR_SELECTOR',
      message: `the label selector has ${why}`,
    });
  }
});

test('names the first ten of many invalid values', () => {
  const values = Array.from({ length: 1_000 }, (_, i) => `-${i}`).join();
  assert.throws(
    () => parseLabelSelector(`a in (${values})`),
    ({ message }: Error) => message.includes('values[9]') && !message.includes('values[10]'),
  );
});

test('matches labels as Kubernetes does', () => {
  const labels: Labels = { app: 'web', idx: '7', empty: '' };
  const holds = (selector: string) => matchesLabels(parseLabelSelector(selector), labels);
  for (const selector of [
    '',
    'app=web',
    'app==web',
    'app in (api,web)',
    'app',
    '!tier',
    'tier!=x',
    'empty=',
    'idx>6',
  ]) {
    assert.equal(holds(selector), true, selector);
  }
  for (const selector of [
    'app=api',
    'app!=web',
    'app notin (web)',
    'tier',
    '!app',
    'tier in (x)',
    'idx>7',
    'idx<7',
    'app>1',
  ]) {
    assert.equal(holds(selector), false, selector);
  }
  assert.equal(holds('app=web,tier'), false);
  assert.equal(holds('constructor'), false);
});

test('writes the LabelSelector of the answer', () => {
  const json = (selector: string) => labelSelectorJson(parseLabelSelector(selector));
  assert.equal(json('a=b'), '{"matchLabels":{"a":"b"}}');
  assert.equal(
    json('path in (x,y)'),
    '{"matchExpressions":[{"key":"path","operator":"In","values":["x","y"]}]}',
  );
  assert.equal(
    json('z=1,!a,b,c!=d'),
    '{"matchLabels":{"z":"1"},"matchExpressions":[{"key":"a","operator":"DoesNotExist"},{"key":"b","operator":"Exists"},{"key":"c","operator":"NotIn","values":["d"]}]}',
  );
  assert.equal(json('a>1'), undefined);
  assert.equal(json('a=1,a=2'), undefined);
});

const word = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?$/);
const requirement = fc.oneof(
  fc.tuple(word, fc.constantFrom('=', '==', '!='), word).map((parts) => parts.join('')),
  fc
    .tuple(word, fc.constantFrom('in', 'notin'), fc.array(word, { minLength: 1, maxLength: 4 }))
    .map(([key, operator, values]) => `${key} ${operator} (${values.join(',')})`),
  word,
  word.map((key) => `!${key}`),
);

test('reads back its own text', () => {
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 5 }), (requirements) => {
      const selector = parseLabelSelector(requirements.join(','));
      assert.equal(selector.length, requirements.length);
      assert.deepEqual(parseLabelSelector(formatLabelSelector(selector)), selector);
    }),
  );
});

test('any string gives a selector or a typed error', () => {
  const nearly = fc.stringMatching(/^[a-c=!<>(), \0in]{0,16}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      try {
        assert.equal(typeof matchesLabels(parseLabelSelector(text), {}), 'boolean');
      } catch (error) {
        assert.ok(error instanceof KubernetesError, String(error));
        assert.equal(error.code, 'ERR_SELECTOR');
      }
    }),
  );
});

test('two selectors are the same whatever their spelling', () => {
  const same = (a: string, b: string) => isSameSelector(parseLabelSelector(a), parseLabelSelector(b));
  assert.ok(same('app=web,tier in (b,a)', 'tier in (a, b),app==web'));
  assert.ok(same('app in (web),a notin (b)', 'a!=b,app=web'));
  assert.ok(same('a!=1,a!=2', 'a!=2,a!=1'));
  assert.ok(same('', ''));
  assert.ok(!same('app=web', 'app=web,track=canary'));
  assert.ok(!same('app=web', 'app!=web'));
  assert.ok(!same('app', 'app='));
});
