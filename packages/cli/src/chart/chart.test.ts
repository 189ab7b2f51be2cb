import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisOf } from './axis.ts';
import type { Chart, Line } from './chart.ts';
import { chartSvg } from './chart-svg.ts';
import { linePath } from './path.ts';
import { CHART_STYLE } from './style.ts';

const x = axisOf([0, 10], 0, 100);
const y = axisOf([0, 10], 100, 0);

test('an axis has ticks at round values, and begins and ends with one', () => {
  assert.deepEqual(axisOf([0, 10], 0, 100).ticks, [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(axisOf([0.31], 0, 100).ticks, [0, 0.1, 0.2, 0.3, 0.4]);
  assert.deepEqual(axisOf([-3, 47], 0, 100).ticks, [-10, 0, 10, 20, 30, 40, 50]);
  const many = axisOf([0, 123_456], 50, 950);
  assert.deepEqual([many.at(many.from), many.at(many.to), many.ticks.length], [50, 950, 4]);
});

test('an axis of nothing, of zeros or of one value has a length', () => {
  for (const values of [[], [0, 0], [7]]) {
    const { from, to, at } = axisOf(values, 0, 100);
    assert.ok(from < to && Number.isFinite(at(from)), `${values}`);
  }
});

test('a line has gaps where the value is unknown, a step keeps its value, dots are not connected', () => {
  const points = [
    { x: 0, y: 1 },
    { x: 2, y: 1 },
    { x: 4, y: 3 },
    { x: 5, y: undefined },
    { x: 6, y: undefined },
    { x: 8, y: 10 },
  ];
  const path = (shape: Line['shape']) => linePath({ shape, points }, x, y);
  assert.equal(path('line'), 'M0 90L20 90L40 70M80 0');
  assert.equal(path('step'), 'M0 90H40V70H40M80 0H80');
  assert.equal(path('dots'), 'M0 90h0M20 90h0M40 70h0M80 0h0');
});

test('a line of many points keeps the extremes of each pixel', () => {
  const points = Array.from({ length: 100_000 }, (_, i) => ({ x: i / 10_000, y: i === 55_555 ? 10 : 2 }));
  const path = linePath({ shape: 'line', points }, x, y);
  assert.ok(path.length < 5_000, `${path.length} characters`);
  assert.match(path, /L55\.6 0L/);
});

test('an image has the names as text without markup, a color for each name, and no reference', () => {
  const line = (name: string, height: number): Line => ({
    name,
    shape: 'step',
    points: [
      { x: 0, y: height },
      { x: 5, y: height },
    ],
  });
  const rules = [{ axis: 'x', at: 4, label: 'target > 3' } as const];
  const panel = { title: 'replicas', x: 'minutes', y: 'pods', lines: [line('a<b', 1), line('c', 2)], rules };
  const chart: Chart = {
    title: 'A & B',
    description: 'both\u001b[2J',
    panels: [panel, { ...panel, lines: [line('c', 3)], rules: [] }],
  };
  const svg = chartSvg(chart);
  assert.match(svg, /<title id="title">A &amp; B<\/title>/);
  assert.match(svg, />a&lt;b<\/text>/);
  assert.match(svg, />target &gt; 3<\/text>/);
  assert.ok(!svg.includes('\u001b'));
  assert.deepEqual(
    [...svg.matchAll(/<path class="l (c\d) d0" d="[^"]*"><title>/g)].map(([, color]) => color),
    ['c0', 'c1', 'c1'],
  );
  assert.doesNotMatch(svg.replace('http://www.w3.org/2000/svg', ''), /http|url\(|@import/);
});

test('each color has a contrast of at least 3 to 1 to its background', () => {
  const [light = '', dark = ''] = CHART_STYLE.split('@media');
  for (const style of [light, dark]) {
    const back = luminance(/\.back \{ fill: (#\w{6})/.exec(style)?.[1] ?? '');
    const colors = [...style.matchAll(/\.c\d \{ stroke: (#\w{6})/g)].map(([, color = '']) => color);
    assert.equal(colors.length, 6);
    for (const color of colors) {
      const [low = 0, high = 0] = [luminance(color), back].sort((a, b) => a - b);
      assert.ok((high + 0.05) / (low + 0.05) >= 3, color);
    }
  }
});

/** Relative luminance (WCAG 2.2) of #rrggbb. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const part = Number.parseInt(color.slice(i, i + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
