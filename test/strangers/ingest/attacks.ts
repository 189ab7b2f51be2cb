import { streamMetrics } from '@activescale/devkit';
import type { Attack, IngestTarget } from '../lib/assault.ts';
import { connectionAttacks } from '../lib/connections.ts';
import { floodsOf } from '../lib/floods.ts';
import { handshakeAttacks } from '../lib/handshakes.ts';
import { ROGUE } from './calls.ts';
import { expiredCertificate } from './certificate.ts';
import { flushAttacks } from './flushes.ts';
import { identifierAttacks } from './identifiers.ts';
import { messageAttacks } from './messages.ts';
import { pausedFrames } from './paused-frames.ts';
import { zeroWindow } from './zero-window.ts';

const connection = ({ grpcPort }: IngestTarget) => ({ port: grpcPort, from: ROGUE });
const fields = {
  ':method': 'POST',
  ':scheme': 'http',
  ':path': streamMetrics.path,
  ':authority': 'ingest',
  'content-type': 'application/grpc',
  te: 'trailers',
};

export const INGEST_ATTACKS: readonly Attack<IngestTarget>[] = [
  ...identifierAttacks,
  ...flushAttacks,
  ...messageAttacks,
  ...floodsOf({ connection, fields }),
  zeroWindow,
  pausedFrames,
  ...connectionAttacks(connection),
  ...handshakeAttacks<IngestTarget>({
    portOf: ({ grpcPort }) => grpcPort,
    addresses: [ROGUE],
    held: 2_000,
  }).map((attack) => ({ ...attack, tls: true })),
  expiredCertificate,
];
