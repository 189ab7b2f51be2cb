import { el, setShown } from './dom.js';
import { number } from './format.js';
import { color } from './theme.js';
import uPlot from './uplot.js';

/** @typedef {import('../view/detail.ts').History} History */

const SECONDS = 120;
const HEIGHT = 200;

/** Requests in flight of a workload, with the number that its replicas are for. */
export function createChart() {
  const box = el('div', { class: 'chart' });
  const node = el(
    'figure',
    { hidden: '' },
    el('figcaption', {}, 'Requests in flight, last two minutes'),
    box,
  );
  /** @type {uPlot | undefined} */
  let plot;
  let shape = '';
  const resized = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width > 0) plot?.setSize({ width, height: HEIGHT });
  });
  resized.observe(box);
  return {
    node,
    /** @param {History | undefined} history */
    update(history) {
      setShown(node, history !== undefined);
      if (history === undefined) return;
      const { at, active, truth, capacity } = history;
      const needed = `${truth !== undefined} ${capacity !== undefined}`;
      /** @type {uPlot.AlignedData} */
      const data = [
        [...at],
        [...active],
        ...(capacity === undefined ? [] : [at.map(() => capacity)]),
        ...(truth === undefined ? [] : [[...truth]]),
      ];
      if (plot !== undefined && shape === needed) {
        plot.setData(data);
        showNow(plot);
        return;
      }
      plot?.destroy();
      shape = needed;
      plot = new uPlot(options(box.clientWidth || 600, history), data, box);
      showNow(plot);
    },
    /** Redraws everything at the next update: the legend keeps its colors. */
    redraw() {
      shape = '';
    },
    destroy() {
      resized.disconnect();
      plot?.destroy();
    },
  };
}

/**
 * The legend has the newest values, unless the pointer selects others.
 * @param {uPlot} plot
 */
function showNow(plot) {
  if (plot.cursor.idx === null || plot.cursor.idx === undefined)
    plot.setLegend({ idx: plot.data[0].length - 1 });
}

/**
 * @param {number} width
 * @param {History} history
 * @returns {uPlot.Options}
 */
function options(width, { truth, capacity }) {
  /** @type {(plot: uPlot, value: number | null) => string} */
  const value = (_, each) => number(each ?? undefined);
  const axis = {
    stroke: () => color('muted'),
    grid: { stroke: () => color('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    scales: {
      x: { time: false, range: [-SECONDS, 0] },
      y: { range: (_, __, max) => [0, Math.max(1, max * 1.15)] },
    },
    cursor: { y: false, points: { size: 6 } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 30,
        values: (_, splits) => splits.map((each) => (each === 0 ? 'now' : `${each} s`)),
      },
      {
        ...axis,
        size: 44,
        values: (_, splits) => splits.map((each) => (Number.isInteger(each) ? String(each) : '')),
      },
    ],
    series: [
      { label: 'Time', value: (_, each) => (each === null || each === 0 ? 'now' : `${number(each)} s`) },
      {
        label: 'in flight',
        stroke: () => color('accent'),
        fill: () => color('accent-fill'),
        width: 2,
        points: { show: false },
        value,
      },
      ...(capacity === undefined
        ? []
        : [
            {
              label: 'target × replicas',
              stroke: () => color('muted'),
              width: 1.5,
              dash: [6, 5],
              points: { show: false },
              value,
            },
          ]),
      ...(truth === undefined
        ? []
        : [
            {
              label: 'counted by the applications',
              stroke: () => color('truth'),
              width: 1.5,
              points: { show: false },
              value,
            },
          ]),
    ],
  };
}
