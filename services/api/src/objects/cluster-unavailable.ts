import { serviceUnavailable } from '@activescale/protocol/kubernetes';
import { StatusError } from '../http/status-error.ts';

/** Turns the error of a request to the cluster into 503, so that it makes no statement about the object. */
export function clusterUnavailable(about: string): (error: unknown) => never {
  return (error) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError(
      serviceUnavailable(`kube-apiserver did not answer a query about ${about}: ${why}`),
      {
        cause: error,
      },
    );
  };
}
