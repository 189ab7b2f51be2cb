import { until } from '@activescale/devkit';
import {
  EXTERNAL_SCALER,
  type GetMetricSpecResponse,
  type IsActiveResponse,
  type Method,
  type ScaledObjectRef,
} from '@activescale/protocol/keda';
import { type ChannelCredentials, Client, credentials, status } from '@grpc/grpc-js';

export type Metadata = Readonly<Record<string, string>>;

/** A stream as it has been received so far. */
export interface Received<T> {
  readonly messages: readonly { readonly message: T; readonly at: number }[];
  /** The name of the status with which it has ended, and its details; undefined: it is open. */
  readonly ended: { readonly code: string; readonly details: string } | undefined;
  cancel(): void;
}

/** A client of the external scaler, as KEDA's operator is one. */
export interface KedaClient extends Disposable {
  /** Each resolves with its answer, or with `CODE: details`. */
  isActive(metadata: Metadata, namespace?: string): Promise<boolean | string>;
  specs(metadata: Metadata, namespace?: string): Promise<GetMetricSpecResponse['metricSpecs'] | string>;
  value(metadata: Metadata, namespace?: string, metricName?: string): Promise<number | string>;
  streamIsActive(metadata: Metadata, namespace?: string): Received<IsActiveResponse>;
  streamSpecs(metadata: Metadata, namespace?: string): Received<GetMetricSpecResponse>;
}

export function kedaClient(
  port: number,
  trust: ChannelCredentials = credentials.createInsecure(),
): KedaClient {
  const client = new Client(`127.0.0.1:${port}`, trust, {
    'grpc.ssl_target_name_override': 'localhost',
    'grpc.use_local_subchannel_pool': 1,
  });
  const ref = (scalerMetadata: Metadata, namespace = 'shop'): ScaledObjectRef => {
    return { name: 'web', namespace, scalerMetadata };
  };
  const ask = <Request, Response>(method: Method<Request, Response>, request: Request) => {
    const { path, requestSerialize, responseDeserialize } = method;
    const { promise, resolve } = Promise.withResolvers<Response | string>();
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) => {
      if (error !== null) resolve(`${status[error.code]}: ${error.details}`);
      else if (response !== undefined) resolve(response);
    });
    return promise;
  };
  const open = <R>(method: Method<ScaledObjectRef, R>, request: ScaledObjectRef): Received<R> => {
    const { path, requestSerialize, responseDeserialize } = method;
    const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
    const messages: { message: R; at: number }[] = [];
    let ended: { code: string; details: string } | undefined;
    stream.on('data', (message: R) => messages.push({ message, at: performance.now() }));
    stream.on('error', () => {}); // 'status' follows
    stream.on('status', ({ code, details }) => {
      ended = { code: status[code] ?? '', details };
    });
    return {
      messages,
      get ended() {
        return ended;
      },
      cancel: () => stream.cancel(),
    };
  };
  return {
    async isActive(metadata, namespace) {
      const answer = await ask(EXTERNAL_SCALER.IsActive, ref(metadata, namespace));
      return typeof answer === 'string' ? answer : answer.result;
    },
    async specs(metadata, namespace) {
      const answer = await ask(EXTERNAL_SCALER.GetMetricSpec, ref(metadata, namespace));
      return typeof answer === 'string' ? answer : answer.metricSpecs;
    },
    async value(metadata, namespace, metricName = metadata.metric ?? '') {
      const request = { scaledObjectRef: ref(metadata, namespace), metricName };
      const answer = await ask(EXTERNAL_SCALER.GetMetrics, request);
      return typeof answer === 'string' ? answer : (answer.metricValues[0]?.metricValueFloat ?? Number.NaN);
    },
    streamIsActive: (metadata, namespace) => open(EXTERNAL_SCALER.StreamIsActive, ref(metadata, namespace)),
    streamSpecs: (metadata, namespace) => open(EXTERNAL_SCALER.StreamMetricSpec, ref(metadata, namespace)),
    [Symbol.dispose]: () => client.close(),
  };
}

/** Waits for a message of a stream. */
export async function received<T>(
  stream: Received<T>,
  what: string,
  isWanted: (message: T) => boolean = () => true,
): Promise<{ readonly message: T; readonly at: number }> {
  const find = () => stream.messages.find(({ message }) => isWanted(message));
  await until(() => find() !== undefined, { what, every: 20 });
  const found = find();
  if (found === undefined) throw new Error(what);
  return found;
}
