import { type FuzzTarget, mutated, seededRandom } from '@activescale/devkit';
import {
  claimOf,
  decodeIdentifier,
  EnvoyError,
  familyNames,
  identify,
  scanMessage,
  snapshotTime,
} from '@activescale/protocol/envoy';
import { decodeHealthCheckRequest, HealthCheckError } from '@activescale/protocol/grpc-health';
import {
  formatLabelSelector,
  KubernetesError,
  matchesLabels,
  parseLabelSelector,
  parseQuantity,
} from '@activescale/protocol/kubernetes';
import {
  ALL_STATS,
  decodeDescription,
  decodeHead,
  decodePodRecord,
  encodeHead,
  encodePodRecord,
  type Head,
  RecordError,
  visitSlots,
} from '@activescale/protocol/record';
import fc from 'fast-check';
import { recordings } from '../contract/recording.ts';

// What comes from outside as bytes or text, and what takes it. `main.ts` has the long form, a contract test the short.

const BATCH = 1_000;

/** An error of this class is an answer; any other is a fault. */
function allowing(expected: abstract new (...args: never[]) => Error, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof expected)) throw error;
  }
}

function* some<T>(seed: number, make: (random: () => number) => T): Iterable<T> {
  const random = seededRandom(seed);
  for (let i = 0; i < BATCH; i++) yield make(random);
}

function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** The parts of real messages: identifiers and families, each with its tag. */
function realParts(): Buffer[] {
  const parts = new Map<string, Buffer>();
  for (const { messages } of recordings()) {
    for (const message of messages.slice(0, 2)) {
      for (let at = 0; at < message.length; ) {
        let length = 0;
        let next = at + 1;
        for (let shift = 0; ; shift += 7) {
          const byte = message[next++] ?? 0;
          length |= (byte & 0x7f) << shift;
          if (byte < 0x80) break;
        }
        const part = message.subarray(at, next + length);
        parts.set(part.toString('latin1'), part);
        at = next + length;
      }
    }
  }
  return [...parts.values()];
}

const parts = realParts();

const scanner: FuzzTarget = {
  name: 'scanner, on real messages with faults',
  inputs: (seed) =>
    some(seed, (random) => {
      const count = Math.floor(random() * 6);
      const message = Buffer.concat(Array.from({ length: count + 1 }, () => pick(parts, random)));
      return random() < 0.1 ? message : mutated(message, random);
    }),
  run(bytes: Buffer) {
    allowing(EnvoyError, () => {
      const { identifier } = scanMessage(bytes, { wants: () => true });
      if (identifier === undefined) return;
      const node = decodeIdentifier(identifier);
      const claim = claimOf(node);
      if (claim !== undefined) identify(node, claim);
    });
    allowing(EnvoyError, () => snapshotTime(bytes));
    allowing(EnvoyError, () => familyNames(bytes));
  },
};

/** What an identifier's fields may be repeated in: a node, its metadata, entries, values, structs and lists. */
const wrapped = (inner: Buffer, random: () => number): Buffer => {
  const tag = pick([0x0a, 0x12, 0x1a, 0x2a, 0x32], random);
  const length: number[] = [];
  let rest = inner.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) length.push((rest % 128) | 0x80);
  return Buffer.concat([Buffer.from([tag, ...length, rest]), inner]);
};

const identifiers: FuzzTarget = {
  name: 'identifiers, nested and repeated at will',
  inputs: (seed) =>
    some(seed, (random) => {
      let bytes: Buffer = Buffer.alloc(
        2 * Math.floor(random() ** 4 * 20_000),
        pick([0x0a, 0x12, 0x2a], random),
      );
      for (let i = 1; i < bytes.length; i += 2) bytes[i] = 0;
      const levels = Math.floor(random() * 60);
      for (let i = 0; i < levels; i++) bytes = wrapped(bytes, random);
      return random() < 0.5 ? bytes : mutated(bytes, random);
    }),
  run(bytes: Buffer) {
    allowing(EnvoyError, () => {
      const node = decodeIdentifier(bytes);
      const claim = claimOf(node);
      if (claim !== undefined) identify(node, claim);
      for (const key of ['', 'NAME', 'LABELS']) node.metadata(key);
    });
  },
};

const head: Head = {
  arrival: 1_790_000_000_000,
  flushLength: 1_000,
  ip: '10.1.0.7',
  ipVerified: true,
  proxy: 'sidecar',
  active: 3,
  upstreamActive: 2,
  pending: 1,
  sent: ALL_STATS,
  provenZero: 0,
  filterShown: true,
  unrecognized: false,
  template: 7,
  proxyId: 9,
};
const slot = {
  length: 1_000,
  active: 3,
  upstreamActive: 2,
  pending: 1,
  mean: 2.5,
  largest: 4,
  upstreamLargest: 3,
  started: 10,
  completed: 9,
  errors: 1,
  reset: 1,
  timed: 9,
  durations: 90,
  buckets: [0, 4, 3, 5],
};
const estimator = { flushes: 9, work: 1.5, work2: 0.2, gap: 0.1, excess: 0.2, cuts: [1, 2, 3, 4] };
const scope = { name: 'inbound_0.0.0.0_8080;', active: 3, upgrades: 0, started: 90, completed: 80 };
const record = encodePodRecord(
  {
    workload: 'web',
    ip: '10.1.0.7',
    labels: { app: 'web', tier: 'front' },
    bounds: [[1, 5, 10, 50, 100]],
    checkpoint: {
      timestamp: 1_790_000_000_000,
      flushLength: 1_000,
      uptime: 90,
      scopes: [{ ...scope, errors: 1, reset: 1, estimator }],
    },
    slots: Array.from({ length: 12 }, (_, i) => ({ ...slot, end: head.arrival - i * 1_000 })),
  },
  head,
);

const records: FuzzTarget = {
  name: 'record decoders, on records with faults',
  inputs: (seed) => some(seed, (random) => mutated(random() < 0.3 ? encodeHead(head) : record, random)),
  run(bytes: Buffer) {
    allowing(RecordError, () => decodeHead(bytes));
    allowing(RecordError, () => decodeDescription(bytes));
    allowing(RecordError, () => decodePodRecord(bytes));
    allowing(RecordError, () => visitSlots(bytes, true, () => true));
  },
};

const word = fc.oneof(fc.stringMatching(/^[a-z]([-a-z0-9_.]{0,20}[a-z0-9])?$/), fc.string({ maxLength: 8 }));
const selector = fc
  .array(
    fc.oneof(
      fc.tuple(
        word,
        fc.constantFrom('=', '==', '!=', '>', '<', ' in (', ' notin ('),
        word,
        fc.constantFrom('', ')'),
      ),
      fc.tuple(fc.constantFrom('!', '', '('), word),
    ),
    { maxLength: 6 },
  )
  .map((requirements) => requirements.map((each) => each.join('')).join(','));

const selectors: FuzzTarget = {
  name: 'label selectors',
  inputs: (seed) => fc.sample(selector, { numRuns: BATCH, seed }),
  run(text: string) {
    allowing(KubernetesError, () => {
      const parsed = parseLabelSelector(text);
      matchesLabels(parsed, { app: 'web' });
      const written = formatLabelSelector(parsed);
      if (formatLabelSelector(parseLabelSelector(written)) !== written) {
        throw new Error(
          `${JSON.stringify(text)} is written ${JSON.stringify(written)}, which reads as another`,
        );
      }
    });
  },
};

const quantity = fc.oneof(
  fc.stringMatching(/^[+-]?[0-9]{0,20}\.?[0-9]{0,12}([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,5})?$/),
  fc.string({ maxLength: 12 }),
);

const quantities: FuzzTarget = {
  name: 'quantities',
  inputs: (seed) => fc.sample(quantity, { numRuns: BATCH, seed }),
  run: (text: string) => allowing(KubernetesError, () => void parseQuantity(text)),
};

const healthRequest = Buffer.from('\x0a\x28envoy.service.metrics.v3.MetricsService');

const healthRequests: FuzzTarget = {
  name: 'health check requests with faults',
  inputs: (seed) => some(seed, (random) => mutated(healthRequest, random)),
  run: (bytes: Buffer) => allowing(HealthCheckError, () => void decodeHealthCheckRequest(bytes)),
};

/** With the share of all inputs that each gets. */
export const WIRES: readonly { readonly target: FuzzTarget; readonly share: number }[] = [
  { target: scanner, share: 0.35 },
  { target: identifiers, share: 0.05 },
  { target: records, share: 0.3 },
  { target: selectors, share: 0.1 },
  { target: quantities, share: 0.05 },
  { target: healthRequests, share: 0.02 },
];
