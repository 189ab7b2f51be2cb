import type { Delivery } from '@activescale/devkit';
import { seededRandom } from '@activescale/devkit';
import { encodeMessage, type FamilySpec, type Json } from '@activescale/protocol/testing';
import type { Incident, Life } from './life.ts';
import type { ProxyKind } from './names.ts';
import { messagesOf, type Sink, withTags } from './sink.ts';

/** Valkey's clock at the start of a simulation, in ms since the epoch. */
export const EPOCH = 1_790_000_000_000;

/** A flush that reached ingest whole. Times in ms of the simulation. */
export interface Arrived {
  /** When Envoy took it. */
  readonly cut: number;
  readonly arrival: number;
  /** When its first message arrived, which is served if what it lacks was not used before. */
  readonly begunAt: number;
  /** When it took the one before, which may have been lost: its histograms are since then. */
  readonly previousCut: number;
  /** It is the first of its stream, or follows the rest of a broken one. */
  readonly beginsStream: boolean;
  /** It begins with the same stat as the one that arrived before, and has as many. */
  readonly isLikeLast: boolean;
  /** Its stream broke after a first message that looked like a whole flush, and the others opened the next stream. */
  readonly isBroken: boolean;
  /** The names of its stats. */
  readonly names: ReadonlySet<string>;
}

/** The messages that an Envoy sends, and those that arrive. */
export interface Timeline {
  readonly deliveries: readonly Delivery[];
  readonly arrived: readonly Arrived[];
}

/** All stats that have been used and that the filter lets pass. */
type StatsAt = (
  cut: number,
  previousCut: number,
  /** The node's clock, in ms since the epoch. */
  wallClock: (time: number) => number,
) => FamilySpec[];

export interface TimelineOptions {
  readonly life: Life;
  readonly statsAt: StatsAt;
  readonly sink: Sink;
  readonly node: {
    readonly id: string;
    readonly cluster?: string;
    readonly metadata: { readonly [key: string]: Json };
  };
  readonly proxy: ProxyKind;
  readonly flushInterval: number;
  readonly from: number;
  readonly to: number;
  readonly incidents: readonly Incident[];
  /** Number of its first stream; it takes the ones after it too. */
  readonly firstStream: number;
  readonly seed: number;
  /** Its record continues that of an earlier Envoy. */
  readonly continuesRecord?: boolean;
}

/** The longest that a flush is late or takes to arrive, in ms. */
const JITTER = 15;
/** Between two messages of a flush. */
const PART_MS = 2;
/** Silence after which ingest treats a flush as complete, in ms. One that is cut off before is lost. */
const WHOLE_MS = 60;

export function timelineOf(options: TimelineOptions): Timeline {
  const { node, flushInterval, from, to, incidents, life, statsAt, sink, proxy, continuesRecord } = options;
  const random = seededRandom(options.seed);
  const steps = incidents.filter((each) => each.kind === 'clock step');
  const wallClock = (time: number) =>
    Math.round(EPOCH + time + steps.filter(({ at }) => at <= time).reduce((sum, { by }) => sum + by, 0));
  const deliveries: Delivery[] = [];
  const arrived: Arrived[] = [];
  const pending = [...incidents];
  let stream = options.firstStream;
  let isOpen = false;
  let lost = 0;
  let previousCut = from;
  let lastArrival = 0;
  let lastProcess = life.processAt(from);
  let broken: Extract<Incident, { kind: 'broken flush' }> | undefined;
  let last: Messages = [];
  let followsRest = false;
  const close = (at: number): void => {
    if (!isOpen) return;
    deliveries.push({ stream, at: EPOCH + Math.max(at, lastArrival + WHOLE_MS), message: undefined });
    stream++;
    isOpen = false;
  };
  for (let due = from + flushInterval; due < to; due += flushInterval) {
    const cut = Math.round(due + random() * JITTER);
    const process = life.processAt(cut);
    let arrival = cut + 1 + Math.round(random() * JITTER);
    let isWrapped = false;
    while (pending[0] !== undefined && pending[0].at <= cut) {
      const incident = pending.shift();
      if (incident?.kind === 'reconnect' || (incident?.kind === 'reset counters' && incident.lost > 0)) {
        close(incident.at);
        lost = incident.lost;
      }
      isWrapped ||= incident?.kind === 'wrapped gauge';
      if (incident?.kind === 'broken flush') broken = incident;
    }
    if (process !== lastProcess) close(lastProcess?.end ?? cut);
    lastProcess = process;
    if (process === undefined) continue;
    const families = statsAt(cut, previousCut, wallClock);
    const isLost = lost > 0;
    if (isLost) lost--;
    else if (families.length > 0) {
      const wrapped = isWrapped ? families.find((family) => isLoadGauge(family.name, options)) : undefined;
      const sent = families.map((family) =>
        family === wrapped ? { ...family, gauge: 2 ** 64 - 1_000 } : family,
      );
      const messages = messagesOf(sent, sink);
      // Messages that are lost between such a first one and the rest may be unnoticed (docs/architecture.md, The life of one metric).
      const looksWhole = last.length === 1 && hasSameNames(messages[0], last[0]);
      const breaksAfter =
        broken && isOpen && messages.length > 1
          ? Math.min(looksWhole ? 1 : broken.sent + 1, messages.length - 1)
          : 0;
      const isBroken = breaksAfter > 0;
      const beginsStream = !isOpen;
      for (const [number, own] of messages.entries()) {
        arrival += number === 0 ? 0 : PART_MS;
        if (number > 0 && number === breaksAfter) {
          deliveries.push({ stream, at: EPOCH + arrival, message: undefined });
          stream++;
          isOpen = false;
          broken = undefined;
        }
        const message = encodeMessage({
          ...(isOpen ? {} : { node }),
          timestamp: wallClock(cut),
          families: sink.tags === 'as labels' ? own.map((family) => withTags(family, proxy)) : own,
        });
        isOpen = true;
        deliveries.push({ stream, at: EPOCH + arrival, message });
      }
      lastArrival = arrival;
      if (wrapped === undefined && (!isBroken || looksWhole)) {
        arrived.push({
          cut,
          arrival,
          begunAt: arrival - PART_MS * (messages.length - 1),
          previousCut,
          beginsStream: beginsStream || followsRest,
          isLikeLast: (arrived.length === 0 && !continuesRecord) || followsRest || isLike(messages, last),
          isBroken,
          names: new Set(families.map(({ name }) => name)),
        });
        if (!isBroken) last = messages;
      }
      followsRest = isBroken;
    }
    previousCut = cut;
  }
  return { deliveries, arrived };
}

type Messages = readonly (readonly FamilySpec[])[];

function isLike(messages: Messages, last: Messages): boolean {
  return messages[0]?.[0]?.name === last[0]?.[0]?.name && messages.flat().length >= last.flat().length;
}

function hasSameNames(a: readonly FamilySpec[] = [], b: readonly FamilySpec[] = []): boolean {
  return a.length === b.length && a.every(({ name }, i) => name === b[i]?.name);
}

function isLoadGauge(name: string, { life }: TimelineOptions): boolean {
  return life.places.some(
    ({ http, isLoad, isRecognized }) => isLoad && isRecognized && name === `${http}.downstream_rq_active`,
  );
}
