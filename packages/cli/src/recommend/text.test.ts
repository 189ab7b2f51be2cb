import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@activescale/devkit';
import { parseObjectives } from './curve/objective.ts';
import { recommendationOf } from './curve/recommendation.ts';
import { addIntervals, NO_EVIDENCE } from './evidence/evidence.ts';
import { plain } from './plain.ts';
import { reportOf } from './report.ts';
import { recommendationSvg } from './svg.ts';
import { fixed, simulate } from './testing/queue.ts';
import { recommendationText } from './text.ts';

/** A pod with four workers that take 40 ms. */
function report(clients: readonly number[], slo?: string) {
  const phases = clients.map((each) => ({ clients: each, seconds: 20 }));
  const evidence = addIntervals(
    NO_EVIDENCE,
    simulate({ workers: 4, service: fixed(40) }, phases, { random: seededRandom(1) }),
  );
  const pods = new Map([['web-1', evidence]]);
  const objectives = slo === undefined ? undefined : parseObjectives(slo);
  return reportOf(pods, recommendationOf(pods, { objectives, headroom: 0.3 }), {
    workload: 'Deployment web',
    namespace: 'shop',
    headroom: 0.3,
    unknown: new Map([['web-2', 'no record: the proxy never pushed, or its record expired']]),
  });
}

test('a recommendation shows the curve, the seconds of evidence, the limit and the target', () => {
  const text = recommendationText(report([1, 2, 3, 4, 5, 6, 8]), 160);
  assert.match(text, /^Deployment web in shop: 1 pod, 2 min of evidence\n/);
  assert.match(
    text,
    /\nIN FLIGHT +SECONDS +REQUESTS +PER S +MEAN +P95 +ERRORS +CURVE\n1\.00 +19 +474 +24\.9 +40 ms +\d+ ms +0 % +█{12}\n/,
  );
  assert.match(
    text,
    /\nobjective +mean duration of at most 60 ms, 1\.5 times the unloaded one: kept up to 6\.0 in flight\n/,
  );
  assert.match(
    text,
    /\nworkers +about 4 requests are served at once; throughput levels off at 100 requests\/s per pod\n/,
  );
  assert.match(text, /\ntarget +averageValue: 4\.2 \(6\.0 less 30 % headroom\)\n/);
  assert.match(text, /\nnote +not observed: web-2: no record/);
});

test('a refusal says what to do, and shows the curve too', () => {
  const refused = report([1, 2, 3]);
  const text = recommendationText(refused, 160);
  assert.match(text, /\n3\.0 +19 +1424 /);
  assert.match(
    text,
    /\nrefused +no more than 3\.0 in flight per pod was observed: load a pod higher or use 3\.0 as a lower bound\n/,
  );
  assert.doesNotMatch(text, /averageValue/);
  const { refusal, lowerBound, averageValue } = plain(refused);
  assert.deepEqual([refusal?.reason, averageValue], ['not_reached', undefined]);
  assert.ok(Math.abs((lowerBound ?? 0) - 3) < 0.1);
  assert.match(
    recommendationText(report([]), 160),
    /0 pods, 0\.0 s of evidence\n\n(objective .*\n)+refused +too little evidence/,
  );
});

test('JSON has the bins with the quantiles of the objectives', () => {
  const { bins, objectives, inFlight, averageValue } = plain(report([1, 2, 3, 4, 6, 8], 'p90=80ms'));
  assert.equal(bins[0]?.isEnough, true);
  assert.ok('p90' in (bins[0] ?? {}));
  assert.equal(objectives[0]?.crossing.kind, 'crossed');
  assert.ok((averageValue ?? 0) < (inFlight ?? 0));
});

test('the image has the curve, the limit and the target', () => {
  const svg = recommendationSvg(report([1, 2, 3, 4, 5, 6, 8]));
  assert.match(svg, /Deployment web in shop: duration over requests in flight/);
  for (const label of ['mean limit', 'limit', 'target', 'throughput', 'p95'])
    assert.ok(svg.includes(`>${label}<`), label);
  assert.match(recommendationSvg(report([1, 2])), /No target: /);
});
