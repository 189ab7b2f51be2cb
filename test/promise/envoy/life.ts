import type { Place } from './names.ts';
import type { Request } from './traffic.ts';

/** What happens to one Envoy. Times in ms of the simulation. */
export type Incident =
  /** It ends, and another process begins after `down`. */
  | { readonly kind: 'restart'; readonly at: number; readonly down: number }
  /** Another process takes its listeners and requests over. */
  | { readonly kind: 'hot restart'; readonly at: number }
  /** And this number of flushes is lost with the stream, so that some counters are larger again than they were. */
  | { readonly kind: 'reset counters'; readonly at: number; readonly lost: number }
  /** The clock of its node is set by this number of ms. */
  | { readonly kind: 'clock step'; readonly at: number; readonly by: number }
  /** Its stream breaks, and this number of flushes is lost until there is another. */
  | { readonly kind: 'reconnect'; readonly at: number; readonly lost: number }
  /** Its stream breaks after this number of messages of a flush, or the last but one, and the others open the next stream. */
  | { readonly kind: 'broken flush'; readonly at: number; readonly sent: number }
  /** A gauge is below zero at the next flush. */
  | { readonly kind: 'wrapped gauge'; readonly at: number };

/** The running totals that Envoy keeps of a place. */
export type Total = 'started' | 'completed' | 'errors' | 'reset';

/** What has happened to an Envoy up to any moment: its stats, and the truth about its requests. */
export interface Life {
  readonly places: readonly Place[];
  /** The processes, one after another. */
  readonly processes: readonly Process[];
  processAt(time: number): Process | undefined;
  /** Requests of a place in flight, those of them that are WebSockets, in the application, waiting for a connection. */
  inFlight(place: number, time: number): number;
  upgraded(place: number, time: number): number;
  upgradedIn(place: number, from: number, to: number): number;
  inApplication(place: number, time: number): number;
  pending(place: number, time: number): number;
  /** Since when the totals at this moment count. */
  totalsSince(time: number): number;
  /** How many in the time after `from` and up to `to`. */
  count(place: number, total: Total, from: number, to: number): number;
  /** Requests that their clients gave up. */
  aborted(place: number, from: number, to: number): number;
  /** Requests that left for the application, and those that had to wait for a connection. */
  sentOn(place: number, from: number, to: number): number;
  waitedOn(place: number, from: number, to: number): number;
  /** Durations in ms, of the requests that were answered in this time. */
  durations(place: number, from: number, to: number): readonly number[];
  /** Area under the requests in flight, in requests times ms. */
  area(place: number, from: number, to: number): number;
  /** When requests in flight change, rising. */
  changes(place: number): readonly number[];
}

export interface Process {
  readonly start: number;
  readonly end: number;
  /** Its uptime counts from here: a hot restart continues its parent's uptime. */
  readonly bornAt: number;
}

interface Events {
  readonly starts: number[];
  readonly ends: number[];
  readonly upgradeStarts: number[];
  readonly upgradeEnds: number[];
  readonly sent: number[];
  readonly sentEnds: number[];
  readonly waitStarts: number[];
  readonly waitEnds: number[];
  readonly totals: Readonly<Record<Total, number[]>>;
  /** By rising end. */
  readonly answered: { readonly end: number; readonly duration: number }[];
  readonly answeredEnds: number[];
  /** Sums of the first starts and ends. */
  readonly startSums: number[];
  readonly endSums: number[];
}

export interface LifeOptions {
  readonly places: readonly Place[];
  readonly requests: readonly Request[];
  readonly from: number;
  readonly to: number;
  readonly incidents: readonly Incident[];
}

export function createLife({ places, requests, from, to, incidents }: LifeOptions): Life {
  const processes = processesOf(from, to, incidents);
  const resets = incidents
    .filter(({ kind }) => kind === 'reset counters' || kind === 'hot restart')
    .map(({ at }) => at);
  const events = places.map((_, place) =>
    eventsOf(
      requests.filter((each) => each.place === place),
      processes,
    ),
  );
  const of = (place: number) => events[place] as Events;
  const between = (place: number, pick: (of: Events) => readonly [number[], number[]], time: number) => {
    const [begun, ended] = pick(of(place));
    return countUpTo(begun, time) - countUpTo(ended, time);
  };
  return {
    places,
    processes,
    processAt: (time) => processes.find(({ start, end }) => start <= time && time < end),
    inFlight: (place, time) => between(place, ({ starts, ends }) => [starts, ends], time),
    upgraded: (place, time) =>
      between(place, ({ upgradeStarts, upgradeEnds }) => [upgradeStarts, upgradeEnds], time),
    upgradedIn: (place, after, upTo) => countBetween(of(place).upgradeStarts, after, upTo),
    inApplication: (place, time) => between(place, ({ sent, sentEnds }) => [sent, sentEnds], time),
    pending: (place, time) => between(place, ({ waitStarts, waitEnds }) => [waitStarts, waitEnds], time),
    totalsSince(time) {
      const start = processes.findLast((process) => process.start <= time)?.start ?? from;
      return Math.max(start, ...resets.filter((at) => at <= time));
    },
    count: (place, total, after, upTo) => countBetween(of(place).totals[total], after, upTo),
    aborted: (place, after, upTo) => countBetween(of(place).totals.reset, after, upTo),
    sentOn: (place, after, upTo) => countBetween(of(place).sent, after, upTo),
    waitedOn: (place, after, upTo) => countBetween(of(place).waitStarts, after, upTo),
    durations(place, after, upTo) {
      const { answered, answeredEnds } = of(place);
      return answered
        .slice(countUpTo(answeredEnds, after), countUpTo(answeredEnds, upTo))
        .map((each) => each.duration);
    },
    area(place, after, upTo) {
      const { starts, ends, startSums, endSums } = of(place);
      const until = (time: number) => areaUpTo(starts, startSums, time) - areaUpTo(ends, endSums, time);
      return until(upTo) - until(after);
    },
    changes: (place) => [...of(place).starts, ...of(place).ends].sort((a, b) => a - b),
  };
}

function processesOf(from: number, to: number, incidents: readonly Incident[]): Process[] {
  const processes: Process[] = [];
  let start = from;
  let bornAt = from;
  for (const incident of incidents) {
    if (incident.kind === 'restart') {
      processes.push({ start, end: incident.at, bornAt });
      start = incident.at + incident.down;
      bornAt = start;
    }
  }
  processes.push({ start, end: to, bornAt });
  return processes;
}

function eventsOf(requests: readonly Request[], processes: readonly Process[]): Events {
  const events: Events = {
    starts: [],
    ends: [],
    upgradeStarts: [],
    upgradeEnds: [],
    sent: [],
    sentEnds: [],
    waitStarts: [],
    waitEnds: [],
    totals: { started: [], completed: [], errors: [], reset: [] },
    answered: [],
    answeredEnds: [],
    startSums: [],
    endSums: [],
  };
  for (const request of requests) {
    const process = processes.find(({ start, end }) => start <= request.start && request.start < end);
    if (process === undefined) continue; // not running
    addRequest(events, request, process.end);
  }
  events.answered.sort((a, b) => a.end - b.end);
  events.answeredEnds.push(...events.answered.map(({ end }) => end));
  const { totals, answered, ...others } = events;
  for (const times of [...Object.values(totals), ...Object.values(others)]) times.sort((a, b) => a - b);
  events.startSums.push(...runningSums(events.starts));
  events.endSums.push(...runningSums(events.ends));
  return events;
}

/** Of one that its process does not outlive nothing is counted when it ends. */
function addRequest(events: Events, { start, end, sent, kind }: Request, killed: number): void {
  const { totals } = events;
  events.starts.push(start);
  events.ends.push(Math.min(end, killed));
  totals.started.push(start);
  if (kind === 'upgraded') {
    events.upgradeStarts.push(start);
    events.upgradeEnds.push(Math.min(end, killed));
  }
  if (sent > start) {
    events.waitStarts.push(start);
    events.waitEnds.push(Math.min(sent, end, killed));
  }
  if (sent < Math.min(end, killed)) {
    events.sent.push(sent);
    events.sentEnds.push(Math.min(end, killed));
  }
  if (kind === 'upgraded') {
    if (start + 1 < killed) totals.completed.push(start + 1);
    return;
  }
  if (end >= killed) return;
  if (kind === 'aborted') totals.reset.push(end);
  else {
    totals.completed.push(end);
    if (kind === 'failed') totals.errors.push(end);
    events.answered.push({ end, duration: Math.round(end - start) });
  }
}

function countBetween(times: readonly number[], from: number, to: number): number {
  return countUpTo(times, to) - countUpTo(times, from);
}

function runningSums(numbers: readonly number[]): number[] {
  let sum = 0;
  return numbers.map((number) => {
    sum += number;
    return sum;
  });
}

/** The sum of the times between each of these ascending times and `time`. */
function areaUpTo(times: readonly number[], sums: readonly number[], time: number): number {
  const count = countUpTo(times, time);
  return count * time - (sums[count - 1] ?? 0);
}

/** How many of these rising times are not after `time`. */
export function countUpTo(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
