import type { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { QueryTrace } from '../query-trace.ts';
import type { RequestInfo, ResourceRequest } from './request-info.ts';

/** A request as it arrives; its body, which no path takes, is dropped. */
export interface RawRequest {
  /** As sent: over HTTP/2 it may be any text. */
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[];
  /** Of the TLS client, the same object for all requests of a connection; undefined: it has shown none. */
  readonly certificate: X509Certificate | undefined;
  /** Of the connection. */
  readonly address: string;
  /** Resolves when the answer has left, or the client has. */
  readonly closed: Promise<void>;
}

/** A request that has been read. */
export interface ApiRequest<Info extends RequestInfo = RequestInfo> extends RawRequest {
  readonly info: Info;
  /** Name of the user; undefined where everyone may do everything. */
  readonly user: string | undefined;
  /** For a query of metrics to explain its answer. */
  readonly trace: QueryTrace;
}

export type MetricRequest = ApiRequest<ResourceRequest>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type Handler = (request: ApiRequest) => Answer | Promise<Answer>;
