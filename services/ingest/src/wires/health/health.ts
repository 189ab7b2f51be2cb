import {
  decodeHealthCheckRequest,
  encodeHealthCheckResponse,
  type ServingStatus,
} from '@activescale/protocol/grpc-health';

/** The health of this server, as messages of `grpc.health.v1.Health`. Independent of calls. */
export interface Health {
  /** The response to a request; undefined: the service is unknown. @throws HealthCheckError */
  check(request: Uint8Array): Buffer | undefined;
  /**
   * Sends the current response, and one at each change.
   * @returns ends that
   * @throws HealthCheckError
   */
  watch(request: Uint8Array, send: (response: Buffer) => void): () => void;
  /** Applies to all services. */
  set(status: Exclude<ServingStatus, 'SERVICE_UNKNOWN'>): void;
}

/** SERVING at first. @param services besides '', which is the server as a whole */
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
