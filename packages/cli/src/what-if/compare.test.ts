import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './compare.ts';
import { comparisonChart } from './picture.ts';
import { plain } from './plain.ts';
import type { AskedSettings } from './settings/asked-settings.ts';
import { settingsOf } from './settings/combinations.ts';
import { hpaOf, METRIC, seriesOf } from './testing/series.ts';
import { comparisonText } from './text.ts';

const NOTHING: AskedSettings = {
  targets: [],
  behaviors: [],
  windows: [],
  tolerances: [],
  mins: [],
  maxes: [],
  syncPeriods: [],
  podStarts: [],
};

const constant = (load: number | undefined, seconds: number) => Array.from({ length: seconds }, () => load);
const STEP = [...constant(20, 30), ...constant(60, 90)];

test('each setting is compared with the present in replicas, pod-hours, time above its target and changes', () => {
  const series = seriesOf(STEP);
  const settings = settingsOf(series.hpa, { ...NOTHING, targets: [20_000], podStarts: [10_000] });
  assert.equal(
    comparisonText(compare(series, settings, undefined), 200),
    `hpa/web in shop: Deployment web, 2 min of active_requests of Deployment web (Object, averageValue 10)

SETTING    REPLICAS  MEAN  POD-HOURS     ABOVE TARGET  WORST  CHANGES
today      2 to 6    5.0   0.17          10 s (8 %)    3.00x  1
target 20  1 to 3    2.5   0.08 (-50 %)  10 s (8 %)    3.00x  1
observed   2 to 2    2.0   0.07 (-60 %)  90 s (75 %)   3.00x  0

With today's settings, the replayed number of replicas is within 1 of the observed one for 25 % of the time.
The load does not depend on the replicas (open loop): in reality slow responses change what clients send.
The HPA decides every 15 s. A new pod is ready after 10 s, and ready pods share the load equally.
Each setting starts with 2 replicas of Deployment web, without earlier recommendations.
`,
  );
});

test('with a capacity the settings are measured against the same load of a pod', () => {
  const series = seriesOf(STEP);
  const settings = settingsOf(series.hpa, { ...NOTHING, targets: [20_000] });
  const { replays } = compare(series, settings, 15_000);
  assert.deepEqual(
    replays.map(({ summary }) => summary.secondsAbove),
    [20, 120],
  );
});

test('unknown seconds are counted, and JSON has them with the replicas as they changed', () => {
  const series = seriesOf([...constant(20, 30), ...constant(undefined, 30), ...constant(60, 30)]);
  const comparison = compare(series, settingsOf(series.hpa, NOTHING), undefined);
  assert.match(
    comparisonText(comparison, 200),
    /^For 30 s the load is unknown: the HPA keeps its replicas\.$/m,
  );
  const document = JSON.parse(JSON.stringify(plain(comparison)));
  assert.deepEqual([document.seconds, document.secondsUnknown], [90, 30]);
  assert.deepEqual(document.settings[0].history, [
    { second: 0, replicas: 2 },
    { second: 60, replicas: 6 },
  ]);
});

test('without observed replicas the replay starts with what the first load needs', () => {
  const { samples, ...known } = seriesOf(constant(75, 60));
  const series = { ...known, samples: samples.map((sample) => ({ ...sample, replicas: undefined })) };
  const comparison = compare(series, settingsOf(series.hpa, NOTHING), undefined);
  assert.equal(comparison.startReplicas, 8);
  assert.deepEqual([comparison.observed, comparison.withinOne], [undefined, undefined]);
  assert.doesNotMatch(comparisonText(comparison, 200), /observed/);
});

test('a series that is too short, or without a load, is refused', () => {
  const refused = (seconds: number, load: number | undefined, message: RegExp) => {
    const series = seriesOf(constant(load, seconds));
    const settings = settingsOf(series.hpa, { ...NOTHING, syncPeriods: [10_000, 30_000] });
    assert.throws(() => compare(series, settings, undefined), { code: 'ERR_REPLAY', message });
  };
  refused(59, 20, /^59 s of load are too short: expected at least two sync periods of 30 s$/);
  refused(60, undefined, /^the load is unknown in the whole series$/);
});

test('the picture has the load and a line for each setting', () => {
  const series = seriesOf(STEP);
  const chart = comparisonChart(
    compare(series, settingsOf(series.hpa, { ...NOTHING, mins: [3] }), undefined),
  );
  assert.deepEqual(
    chart.panels.map(({ lines }) => lines.map(({ name }) => name)),
    [[METRIC.text], ['today', 'min 3', 'observed']],
  );
});

test('alternatives are combined, and the first sync period and start of a pod are those of the present', () => {
  const asked: AskedSettings = {
    ...NOTHING,
    targets: [8_000, 12_000],
    maxes: [40],
    syncPeriods: [30_000],
    podStarts: [5_000, 60_000],
  };
  const settings = settingsOf(hpaOf(), asked);
  assert.deepEqual(
    settings.map(({ name, targets, max, syncPeriod, podStart }) => [
      name,
      targets[0],
      max,
      syncPeriod,
      podStart,
    ]),
    [
      ['today', 10_000, 20, 30_000, 5_000],
      ['target 8, max 40', 8_000, 40, 30_000, 5_000],
      ['target 8, max 40, pod start 60s', 8_000, 40, 30_000, 60_000],
      ['target 12, max 40', 12_000, 40, 30_000, 5_000],
      ['target 12, max 40, pod start 60s', 12_000, 40, 30_000, 60_000],
    ],
  );
  assert.equal(settingsOf(hpaOf(), { ...NOTHING, syncPeriods: [30_000], podStarts: [5_000] }).length, 1);
});

test('settings that an HPA cannot have, and too many combinations, are refused', () => {
  const refused = (asked: Partial<AskedSettings>, message: RegExp, metrics = [METRIC]) =>
    assert.throws(() => settingsOf(hpaOf({ metrics }), { ...NOTHING, ...asked }), {
      name: 'UsageError',
      message,
    });
  refused({ mins: [30] }, /^min 30: minReplicas 30 is above maxReplicas 20$/);
  refused({ mins: [0] }, /^--min 0: only metrics of type Object and External/, [{ ...METRIC, type: 'Pods' }]);
  refused({ windows: [30_000] }, /^--window: active_requests is a value over a window already/, [
    { ...METRIC, momentary: false },
  ]);
  refused({ targets: [1_000] }, /^--target: the HPA has metrics with different targets: /, [
    METRIC,
    { ...METRIC, target: 5_000 },
  ]);
  const many = [1, 2, 3, 4, 5, 6, 7, 8];
  refused({ targets: many, mins: many.slice(4) }, /^32 combinations of settings: at most 31$/);
});
