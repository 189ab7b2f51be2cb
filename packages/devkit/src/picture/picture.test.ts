import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordingOf } from './frames.ts';
import { terminalSvg } from './terminal-svg.ts';

const OUTPUT =
  'starting ...\r\n\x1b[?1049h\x1b[?25l\x1b[Hpod  3\x1b[K\r\n  bar\x1b[K\x1b[J\x1b[Hpod  4\x1b[K\x1b[J\x1b[?25h\x1b[?1049lmean error 0\r\n';

test('a recording has each frame and the text after the last one, without escape sequences', () => {
  assert.deepEqual(recordingOf(OUTPUT), { frames: ['pod  3\n  bar', 'pod  4'], after: 'mean error 0' });
});

test('a picture has a line of text for each line, with markup escaped', () => {
  const svg = terminalSvg('a < b', 'one\n\n<two> & more');
  assert.deepEqual(
    [...svg.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, line]) => line),
    ['one', '&lt;two&gt; &amp; more'],
  );
  assert.match(svg, /<title id="title">a &lt; b<\/title>/);
});
