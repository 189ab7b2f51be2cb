import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMessage } from '@activescale/protocol/testing';
import { status } from '@grpc/grpc-js';
import { openRawStream } from '../../e2e/client.ts';
import type { Attack, IngestTarget } from '../lib/assault.ts';
import { gaugeOf, nodeOf, plain } from './calls.ts';

/** Time from the expiry of the certificate to the close of the connection, with a few seconds for a busy machine. */
const GRACE_MS = 40_000;
const NEXT_PART_MS = 20;

/** Pushes over an old connection after the client's certificate has expired, and never between two flushes. */
export const expiredCertificate: Attack<IngestTarget> = {
  name: 'expired-certificate',
  seconds: 50,
  tls: true,
  async run({ target, signal, got, broken }) {
    if (target.expiring === undefined) throw new Error('ingest does not serve TLS');
    const { notAfter, ...credential } = target.expiring;
    await using call = openRawStream(
      target.grpcPort,
      {},
      { tls: { ...credential, rejectUnauthorized: false } },
    );
    let answer: number | undefined;
    void call.status.then((code) => {
      answer = code;
      got(`${status[code]}, ${Math.round((Date.now() - notAfter) / 1_000)} s after its certificate expired`);
    });
    const node = nodeOf('rogue', { SERVICE_ACCOUNT: 'web' });
    for (let i = 1; answer === undefined && !signal.aborted; i++) {
      const families = Array.from({ length: 1 + (i % 2) }, (_, scope) => ({
        name: gaugeOf(scope),
        gauge: i,
      }));
      call.push(plain(encodeMessage({ node, timestamp: i * 1_000, families })));
      await sleep(NEXT_PART_MS);
    }
    const late = Date.now() - notAfter;
    if (answer === undefined && late > GRACE_MS)
      broken(`it still pushes ${late} ms after its certificate expired`);
  },
};
