import { familyNames } from '@activescale/protocol/envoy';
import { STAT } from '@activescale/protocol/record';
import { createLogRate, type Logger } from '@activescale/runtime';
import type { PodStreamEvents } from '../pod-stream.ts';
import type { IngestServerEvents } from '../wires/ingest-server.ts';
import { REFUSALS, type RefusalReason } from '../wires/refusal.ts';
import type { WriteBehindEvents } from '../write/write-behind.ts';
import type { Telemetry } from './telemetry.ts';

/** Counts events and logs them at their verbosity. Data does not flow through it. */
export function podStreamEvents(log: Logger, telemetry: Telemetry, now: () => number): PodStreamEvents {
  const { totals } = telemetry;
  const rate = createLogRate(now);
  // The level never changes, and checking it for each message costs more than storing it.
  const traces = log.isLevelEnabled('trace');
  return {
    received(bytes) {
      totals.messages++;
      if (traces) log.trace({ bytes: bytes.length }, 'metrics batches received');
    },
    flushed() {
      totals.flushes++;
    },
    anonymous() {
      totals.droppedByIds++;
      log.debug('missing pod identity');
    },
    invalid(pod, gauge) {
      telemetry.refused('invalid_gauge');
      log.debug(
        { namespace: pod.namespace, pod: pod.name, gauge },
        'dropped a flush: its gauge is not a valid number of requests',
      );
    },
    late(pod) {
      telemetry.refused('late_part');
      log.debug({ namespace: pod.namespace, pod: pod.name }, 'dropped a late part of a completed flush');
    },
    yielded(pod, rival) {
      telemetry.refused('other_proxy');
      const suppressed = rate('other_proxy');
      if (suppressed === undefined) return;
      const { namespace, name, nodeId, proxy } = pod;
      log.warn(
        {
          namespace,
          pod: name,
          ignored: { nodeId, proxy },
          used: { proxy: rival.proxy, ip: rival.ip },
          suppressed,
        },
        'two proxies push for one pod; dropped a flush of the ignored one',
      );
    },
    demandRefused({ namespace, name, proxy }, reason, { count, example }) {
      telemetry.demandRefused(reason, count);
      // The host of a ServiceEntry is not an error.
      if (reason === 'not_a_service') return;
      const suppressed = rate(reason);
      if (suppressed === undefined) return;
      log.warn(
        { namespace, pod: name, proxy, reason, clusters: count, example, suppressed },
        'demand refused: it is not stored',
      );
    },
    coldStarted: (took) => telemetry.coldStarted(took / 1_000),
    contradicted({ namespace, name }, counterMode) {
      totals.contradicted++;
      const suppressed = rate('counter_mode');
      if (suppressed === undefined) return;
      const sends = counterMode === 'delta' ? 'totals' : 'increments (report_counters_as_deltas)';
      log.warn(
        { namespace, pod: name, code: 'ASC218', suppressed },
        `COUNTER_MODE is ${counterMode}, but the sink of a proxy sends ${sends}; its requests are not counted correctly`,
      );
    },
    scanned(pod, bytes, message, counted) {
      totals.droppedByNames += message.families - counted;
      if (!traces) return;
      const kept = new Set(message.wanted.map(({ name }) => name));
      const skipped = familyNames(bytes).filter((name) => !kept.has(name));
      log.trace({ namespace: pod.namespace, pod: pod.name, names: skipped }, 'skipping metric name');
    },
  };
}

/** @param now ms of the process's monotonic clock */
export function serverEvents(log: Logger, telemetry: Telemetry, now: () => number): IngestServerEvents {
  const { totals } = telemetry;
  const rate = createLogRate(now);
  /** A refused client may reconnect at once, repeatedly. */
  const refused = (reason: RefusalReason, facts: object, message = 'stream refused') => {
    telemetry.refused(reason);
    const suppressed = rate(reason);
    if (suppressed !== undefined) log.warn({ ...facts, reason, suppressed }, message);
  };
  return {
    opened(peer) {
      log.debug({ peer }, 'stream opened');
    },
    refused(peer, { code, message }) {
      refused(REFUSALS[code].reason, { peer, code, message });
    },
    failed(peer, error) {
      telemetry.refused('internal');
      const suppressed = rate('internal');
      if (suppressed !== undefined) log.error({ peer, err: error, suppressed }, 'stream failed');
    },
    tooManyConnections(peer) {
      refused('too_many_connections', { peer }, 'connection closed');
    },
    brokeProtocol(peer, what) {
      refused('protocol', { peer, message: what }, 'connection closed');
    },
    skipped(flushes, messages) {
      totals.messages += messages;
      totals.skipped += flushes;
    },
    rotated(calls) {
      totals.rotated += calls;
    },
  };
}

export function writeBehindEvents(log: Logger, telemetry: Telemetry): WriteBehindEvents {
  const { totals } = telemetry;
  const traces = log.isLevelEnabled('trace');
  let saysUntrimmed = true;
  return {
    wrote({ samples, live }, { failed, untrimmed }, took) {
      telemetry.wrote(samples.length, took / 1000);
      if (untrimmed !== undefined && saysUntrimmed) {
        saysUntrimmed = false; // Valkey refuses it at each write.
        log.warn(
          { reason: untrimmed },
          'Valkey refuses to trim the list of pods of a namespace, so the list grows',
        );
      }
      if (failed.length === 0 && !traces) {
        totals.stored += live;
        return;
      }
      const refused = new Set(failed.map(({ namespace, name }) => `${namespace}/${name}`));
      for (const { subject, facts } of samples) {
        const { active, sent } = facts;
        if (subject.isDemand || (sent & STAT.active) === 0 || refused.has(subject.key)) continue;
        totals.stored++;
        if (!traces) continue;
        const { namespace, recordName: pod } = subject;
        log.trace({ namespace, pod, active }, 'stored active_requests');
      }
      if (failed.length === 0) return;
      telemetry.refused('store_refused', failed.length);
      log.warn({ records: failed.length, first: failed[0] }, 'Valkey refused records');
    },
    expired(count) {
      totals.expired += count;
    },
    failed(error) {
      totals.failedWrites++;
      log.debug({ err: error }, 'write failed; its records wait');
    },
  };
}
