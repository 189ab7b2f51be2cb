import {
  decodeHealthCheckRequest,
  encodeHealthCheckResponse,
  type ServingStatus,
} from '@activescale/protocol/grpc-health';

/** What this server says of its health, as the messages of `grpc.health.v1.Health`. Knows nothing of calls. */
export interface Health {
  /** The response to a request; undefined: the service is unknown. @throws HealthCheckError */
  check(request: Uint8Array): Buffer | undefined;
  /**
   * Sends the response for now, and one at each change.
   * @returns what ends that
   * @throws HealthCheckError
   */
  watch(request: Uint8Array, send: (response: Buffer) => void): () => void;
  /** Applies to all services. */
  set(status: Exclude<ServingStatus, 'SERVICE_UNKNOWN'>): void;
}

/** SERVING at first. @param services beside '', which is the server as a whole */
export function createHealth(services: readonly string[]): Health {
  const known = new Set(['', ...services]);
  const watchers = new Set<(response: Buffer) => void>();
  let current = encodeHealthCheckResponse('SERVING');

  return {
    check: (request) => (known.has(decodeHealthCheckRequest(request)) ? current : undefined),
    watch(request, send) {
      if (!known.has(decodeHealthCheckRequest(request))) {
        // The stream stays open, as the protocol has it, but the services never change.
        send(encodeHealthCheckResponse('SERVICE_UNKNOWN'));
        return () => {};
      }
      send(current);
      watchers.add(send);
      return () => watchers.delete(send);
    },
    set(status) {
      const next = encodeHealthCheckResponse(status);
      if (next.equals(current)) return;
      current = next;
      for (const send of watchers) send(current);
    },
  };
}
