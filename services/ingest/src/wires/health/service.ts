import { HEALTH_CHECK_PATH, HEALTH_WATCH_PATH, HealthCheckError } from '@activescale/protocol/grpc-health';
import type { CallHandler, ServerCall, Service } from '../grpc/service.ts';
import { STATUS } from '../grpc/status.ts';
import type { Health } from './health.ts';

/** Maximum number of open calls of all clients: nearly all are Watches, and an Envoy opens none of those. */
const MAX_CALLS = 1_000;
/** A request holds the name of a service. */
const MAX_MESSAGE_BYTES = 4_096;

/** `grpc.health.v1.Health`. */
export function healthService(health: Health, maxCalls = MAX_CALLS): Service {
  return {
    methods: {
      [HEALTH_CHECK_PATH]: (call) =>
        handle(call, (request) => {
          const response = health.check(request);
          if (response === undefined) call.end(STATUS.NOT_FOUND, 'unknown service');
          else {
            call.send(response);
            call.end(STATUS.OK);
          }
          return () => {};
        }),
      [HEALTH_WATCH_PATH]: (call) =>
        handle(call, (request) => health.watch(request, (response) => call.send(response))),
    },
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxCalls,
    limit: 'of grpc.health.v1.Health',
  };
}

/** @param serve handles the request; its result is called at the call's end */
function handle(call: ServerCall, serve: (request: Buffer) => () => void): CallHandler {
  let hasAsked = false;
  let stop = () => {};
  return {
    message(request) {
      if (hasAsked) return;
      hasAsked = true;
      try {
        stop = serve(request);
      } catch (error) {
        if (!(error instanceof HealthCheckError)) throw error;
        call.end(STATUS.INVALID_ARGUMENT, error.message);
      }
      call.release(request);
    },
    halfClosed() {
      if (!hasAsked) call.end(STATUS.INVALID_ARGUMENT, 'the call ended without a HealthCheckRequest');
    },
    leave: () => call.end(STATUS.UNAVAILABLE, 'the connection closes'),
    closed: () => stop(),
  };
}
