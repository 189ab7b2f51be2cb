import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { encodeMessage, type Json } from '@activescale/protocol/testing';
import { field, repeated } from '@activescale/protocol/testing/wire-bytes';
import type { Attack, IngestTarget } from '../lib/assault.ts';
import { gaugeOf, MIB, nodeOf, packed, plain, repeatCalls } from './calls.ts';

type Metadata = Readonly<Record<string, Json>>;

// Expensive first messages of a stream, before or after the peer check.

/** How often an attacker looks for the answer before it opens the next stream. */
const LOOKS = 10;

/** Sends the same message over one stream after another. */
function again(name: string, message: () => Buffer): Attack<IngestTarget> {
  return {
    name,
    async run(assault) {
      const wire = packed(gzipSync(message(), { level: 1 }));
      assault.ready();
      await repeatCalls(assault, { gzip: true }, async (call, open) => {
        await call.write(wire);
        for (let i = 0; i < LOOKS && open(); i++) await sleep(20);
      });
    },
  };
}

/** Millions of empty values in the node's metadata: two bytes each. */
function identifierBomb(): Buffer {
  const values = field(6, repeated([0x0a, 0x00], 15.9 * MIB));
  const metadata = field(1, field(1, Buffer.from('A')), field(2, values));
  return field(1, field(1, field(1, Buffer.from('x')), field(3, metadata)));
}

const IDENTIFIER = () => encodeMessage({ node: nodeOf('rogue'), timestamp: 1, families: [] });

/** A family whose only metric has empty labels: two bytes each. */
function manyLabels(): Buffer {
  const labels = repeated([0x0a, 0x00], 250_000);
  const family = field(
    2,
    field(1, Buffer.from(gaugeOf(8080))),
    Buffer.from([0x18, 1]),
    field(4, labels, field(2, Buffer.from([0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]))),
  );
  return Buffer.concat([IDENTIFIER(), family]);
}

/** A stats filter that takes long to compile. */
function patterns(count: number, node: (metadata: Metadata) => ReturnType<typeof nodeOf>): Buffer {
  const pattern = (i: number) => `${'(?:.{0,30}){33}'.repeat(60)}q${i}`;
  const inclusionRegexps = Array.from({ length: count }, (_, i) => pattern(i));
  const metadata = { PROXY_CONFIG: { proxyStatsMatcher: { inclusionRegexps } } };
  return encodeMessage({ node: node(metadata), timestamp: 1, families: [{ name: gaugeOf(1), gauge: 1 }] });
}

/** Short patterns, which differ from stream to stream: each has to be compiled. */
const shortPatterns: Attack<IngestTarget> = {
  name: 'many-small-patterns',
  async run(assault) {
    let stream = 0;
    await repeatCalls(assault, {}, async (call, open) => {
      stream += 1;
      const inclusionRegexps = Array.from({ length: 64 }, (_, i) => `(a|b){10}.*(x${stream}y${i})+[^z]{20}`);
      const metadata = { PROXY_CONFIG: { proxyStatsMatcher: { inclusionRegexps } } };
      const families = [{ name: gaugeOf(1), gauge: 1 }];
      const message = (flush: number) =>
        encodeMessage({ node: nodeOf(`rogue-${stream}`, metadata), timestamp: 1_000 * flush, families });
      for (let flush = 1; flush <= 5 && open(); flush++) {
        await call.write(plain(message(flush)));
        await sleep(5);
      }
    });
  },
};

/** Claims another pod, so the peer is refused. */
const stolen = (metadata: Metadata) => ({
  id: 'sidecar~127.0.0.1~web-0.honest~honest.svc.cluster.local',
  metadata: { NAME: 'web-0', NAMESPACE: 'honest', ...metadata },
});

export const identifierAttacks: readonly Attack<IngestTarget>[] = [
  again('identifier-bomb', identifierBomb),
  again('many-labels', manyLabels),
  again('large-patterns', () => patterns(64, (metadata) => nodeOf('rogue', metadata))),
  again('large-patterns-of-another-pod', () => patterns(256, stolen)),
  shortPatterns,
];
