/** `ERR_QUANTITY`: not a Kubernetes quantity; `ERR_SELECTOR`: not a label selector. */
export type KubernetesErrorCode = 'ERR_QUANTITY' | 'ERR_SELECTOR';

/** Text of a client that cannot be read. The message is the one that Kubernetes' own parser gives. */
export class KubernetesError extends Error {
  readonly code: KubernetesErrorCode;

  constructor(code: KubernetesErrorCode, message: string) {
    super(message);
    this.name = 'KubernetesError';
    this.code = code;
  }
}
