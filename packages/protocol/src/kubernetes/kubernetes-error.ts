/** `ERR_QUANTITY`: not a Kubernetes quantity; `ERR_SELECTOR`: not a label selector. */
export type KubernetesErrorCode = 'ERR_QUANTITY' | 'ERR_SELECTOR';

/** Invalid text of a client. The message has the text of Kubernetes' own parser. */
export class KubernetesError extends Error {
  readonly code: KubernetesErrorCode;

  constructor(code: KubernetesErrorCode, message: string) {
    super(message);
    this.name = 'KubernetesError';
    this.code = code;
  }
}
