import {
  type Codec,
  getMetricSpecResponse,
  getMetricsRequest,
  getMetricsResponse,
  isActiveResponse,
  scaledObjectRef,
} from './messages.ts';

/** A method in the form in which grpc-js takes it, for a server or a client. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly requestStream: false;
  readonly responseStream: boolean;
  requestSerialize(request: Request): Buffer;
  requestDeserialize(bytes: Buffer): Request;
  responseSerialize(response: Response): Buffer;
  responseDeserialize(bytes: Buffer): Response;
}

/** `externalscaler.ExternalScaler`, by which KEDA asks an external scaler. */
export const EXTERNAL_SCALER = {
  IsActive: method('IsActive', scaledObjectRef, isActiveResponse),
  StreamIsActive: method('StreamIsActive', scaledObjectRef, isActiveResponse, true),
  GetMetricSpec: method('GetMetricSpec', scaledObjectRef, getMetricSpecResponse),
  GetMetrics: method('GetMetrics', getMetricsRequest, getMetricsResponse),
  StreamMetricSpec: method('StreamMetricSpec', scaledObjectRef, getMetricSpecResponse, true),
} as const;

function method<Request, Response>(
  name: string,
  request: Codec<Request>,
  response: Codec<Response>,
  responseStream = false,
): Method<Request, Response> {
  return {
    path: `/externalscaler.ExternalScaler/${name}`,
    requestStream: false,
    responseStream,
    requestSerialize: request.encode,
    requestDeserialize: request.decode,
    responseSerialize: response.encode,
    responseDeserialize: response.decode,
  };
}
