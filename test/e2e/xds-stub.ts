import type { Authority } from '@activescale/devkit';
import { Server, ServerCredentials, type ServerDuplexStream, status } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** A control plane that has nothing to configure: it answers each subscription, with no resources. */
export interface XdsStub extends AsyncDisposable {
  readonly port: number;
  /** Streams that Envoys have opened so far. */
  streams(): number;
  /** Ends all streams, as a control plane does that restarts. Envoys open others. */
  endStreams(): void;
}

/** The fields in use of envoy/service/discovery/v3/discovery.proto. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { string type_url = 2; repeated string subscribe = 3; string response_nonce = 6; }
  message Response { string version = 1; string type_url = 4; string nonce = 5; repeated string removed = 6; }
`);
const [Request, Response] = ['Request', 'Response'].map((name) => root.lookupType(name)) as [
  protobuf.Type,
  protobuf.Type,
];

interface DeltaRequest {
  readonly typeUrl: string;
  readonly subscribe: readonly string[];
  readonly responseNonce: string;
}

type Stream = ServerDuplexStream<DeltaRequest, object>;

const DELTA_AGGREGATED_RESOURCES = {
  path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
  requestStream: true,
  responseStream: true,
  requestSerialize: (value: object) => Buffer.from(Request.encode(value).finish()),
  requestDeserialize: (bytes: Buffer) => Request.decode(bytes) as unknown as DeltaRequest,
  responseSerialize: (value: object) => Buffer.from(Response.encode(value).finish()),
  responseDeserialize: (bytes: Buffer) => Response.decode(bytes),
} as const;

/** @param authority for mutual TLS; plaintext without */
export async function startXdsStub(authority?: Authority): Promise<XdsStub> {
  const credentials = authority ? await mutualTls(authority) : ServerCredentials.createInsecure();
  const open = new Set<Stream>();
  let streams = 0;
  const server = new Server();
  server.addService(
    { deltaAggregatedResources: DELTA_AGGREGATED_RESOURCES },
    {
      deltaAggregatedResources(stream: Stream) {
        streams++;
        open.add(stream);
        stream.on('error', () => {});
        stream.on('close', () => open.delete(stream));
        stream.on('data', (request: DeltaRequest) => answer(stream, request));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    port,
    streams: () => streams,
    endStreams() {
      for (const stream of open) stream.emit('error', { code: status.UNAVAILABLE, details: 'restarting' });
    },
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

async function mutualTls(authority: Authority): Promise<ServerCredentials> {
  const { cert, key } = await authority.sign({ name: 'xds', names: ['envoy-gateway'], use: 'server' });
  const pem = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(Buffer.from(authority.cert), [pem], true);
}

/** A named resource does not exist, and of a whole type there is none. Acknowledgements carry the nonce of an answer. */
function answer(stream: Stream, { typeUrl, subscribe, responseNonce }: DeltaRequest): void {
  if (responseNonce !== '') return;
  const removed = subscribe.filter((name) => name !== '*');
  stream.write({ version: '1', typeUrl, nonce: '1', removed });
}
