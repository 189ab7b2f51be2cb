import { exponential, type Load, mixed, type Plan, poisson, type Source } from './load.ts';

/**
 * Loads by name, after those that the estimate is judged by. Each runs until it is stopped.
 * Rates are per second; exp(x) is exponential with that mean.
 */
export const workloads: Readonly<Record<string, () => readonly Source[]>> = {
  /** 100/s of exactly 100 ms: 10 in flight, and as many arrivals as chance has it. */
  steady: () => [{ due: poisson(100), plan: taking(() => 100) }],
  /** 20/s of exp(50 ms), and each 10 s 200 requests of 300 ms within 20 ms. */
  bursty: () => [
    { due: poisson(20), plan: taking(exponential(50)) },
    { due: burstsOf(200, 20, 10_000), plan: taking(() => 300) },
  ],
  /** 20/s, lognormal with a mean of about 1 s: half of them under 370 ms, one in a hundred over 10 s. */
  heavy: () => [{ due: poisson(20), plan: taking(logNormal(1000, 1.41)) }],
  /** 2/s of exp(8 s): 16 in flight. */
  long: () => [{ due: poisson(2), plan: taking(exponential(8000)) }],
  /** 10 WebSockets and 10 answers without an end, beside 100/s of 20 ms. */
  endless: () => [
    { due: atOnce(10), plan: () => ({ path: '/ws', webSocket: true }) },
    { due: atOnce(10), plan: () => ({ path: '/chunks?delay=1000000' }) },
    { due: poisson(100), plan: taking(() => 20) },
  ],
  /** 50/s of exp(200 ms), of which a fifth is given up at half time. */
  cancelled: () => [{ due: poisson(50), plan: sometimesGivenUp(0.2, exponential(200)) }],
  /** 50/s of exp(100 ms), of which a tenth is answered with 503. */
  failing: () => [{ due: poisson(50), plan: sometimesFailing(0.1, exponential(100)) }],
  /** 1000/s of 2 ms. */
  short: () => [{ due: poisson(1000), plan: taking(() => 2) }],
  /** 100/s of 20 ms, 10/s of exp(500 ms) and one in two seconds of exp(6 s). */
  mixed: () => [
    { due: poisson(100), plan: taking(() => 20) },
    { due: poisson(10), plan: taking(exponential(500)) },
    { due: poisson(0.5), plan: taking(exponential(6000)) },
  ],
  /** From 0 to 200/s of exp(100 ms) and back to 0, in a minute each time. */
  ramp: () => [{ due: triangle(200, 60_000), plan: taking(exponential(100)) }],
  /** 100/s of exp(100 ms) for 5 s, nothing for 5 s. */
  onOff: () => [{ due: pulses(100, 5_000), plan: taking(exponential(100)) }],
};

/** @throws Error when there is no workload of that name */
export function startWorkload(name: string, port: number): Load {
  const sources = workloads[name]?.();
  if (sources === undefined) throw new Error(`--load ${name}: one of ${Object.keys(workloads).join(', ')}`);
  return mixed(port, sources);
}

const atOnce = (count: number) => () => count;

/** The first one after `everyMs`. */
const burstsOf = (count: number, withinMs: number, everyMs: number) => (elapsed: number) =>
  Math.max(0, count * (Math.floor(elapsed / everyMs) - 1 + Math.min(1, (elapsed % everyMs) / withinMs)));

/** A rate that climbs to its peak and falls back, each time in half of `periodMs`. */
const triangle = (peak: number, periodMs: number) => (elapsed: number) => {
  const half = periodMs / 2;
  const area = (peak * half) / 2000;
  const halves = Math.floor(elapsed / half);
  const within = (elapsed % half) / half;
  return area * (halves + (halves % 2 === 0 ? within ** 2 : 1 - (1 - within) ** 2));
};

const pulses = (perSecond: number, ms: number) => (elapsed: number) =>
  (perSecond / 1000) * (Math.floor(elapsed / (2 * ms)) * ms + Math.min(elapsed % (2 * ms), ms));

const taking = (ms: () => number) => (): Plan => ({ path: `/?delay=${ms().toFixed(1)}` });

/** A share of the requests is given up by its client at half time; they ask for `/impatient`. */
const sometimesGivenUp = (share: number, ms: () => number) => (): Plan => {
  const delay = ms();
  const givesUp = Math.random() < share;
  return {
    path: `/${givesUp ? 'impatient' : ''}?delay=${delay.toFixed(1)}`,
    patience: givesUp ? delay / 2 : undefined,
  };
};

/** A share of the requests is answered with an error; they ask for `/error`. */
const sometimesFailing = (share: number, ms: () => number) => (): Plan => {
  const delay = `delay=${ms().toFixed(1)}`;
  return { path: Math.random() < share ? `/error?status=503&${delay}` : `/?${delay}` };
};

const logNormal = (mean: number, sigma: number) => () => {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return mean * Math.exp(sigma * normal - sigma ** 2 / 2);
};
