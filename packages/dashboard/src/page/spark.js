import { el } from './dom.js';
import { count, number } from './format.js';
import { color } from './theme.js';
import uPlot from './uplot.js';

const WIDTH = 150;
const HEIGHT = 26;
const SECONDS = 120;

/** A small curve of the last two minutes, whose text alternative has its extremes. */
export function createSpark() {
  const node = el('div', { class: 'spark', role: 'img' });
  /** @type {uPlot | undefined} */
  let plot;
  return {
    node,
    /** @param {import('../view/detail.ts').Trend} trend */
    update({ at, active }) {
      const text =
        active.length === 0
          ? 'No history'
          : `${count(active.length, 'value')} from ${number(Math.min(...active))} to ${number(Math.max(...active))}`;
      node.setAttribute('aria-label', text);
      if (active.length === 0 && plot === undefined) return;
      /** @type {uPlot.AlignedData} */
      const data = [[...at], [...active]];
      if (plot === undefined) plot = new uPlot(OPTIONS, data, node);
      else plot.setData(data);
    },
    redraw: () => plot?.redraw(),
    destroy: () => plot?.destroy(),
  };
}

/** @type {uPlot.Options} */
const OPTIONS = {
  width: WIDTH,
  height: HEIGHT,
  pxAlign: false,
  legend: { show: false },
  cursor: { show: false },
  padding: [2, 0, 2, 0],
  scales: { x: { time: false, range: [-SECONDS, 0] }, y: { range: (_, __, max) => [0, Math.max(1, max)] } },
  axes: [{ show: false }, { show: false }],
  series: [
    {},
    { stroke: () => color('accent'), fill: () => color('accent-fill'), width: 1.5, points: { show: false } },
  ],
};
