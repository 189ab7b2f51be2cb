/** Parameters of a query that api or kube-apiserver reads. */
export const QUERY_PARAMETERS: readonly string[] = [
  'labelSelector',
  'metricLabelSelector',
  'fieldSelector',
  'limit',
  'timeoutSeconds',
  'timeout',
  'watch',
  'pretty',
  'exclude',
  'continue',
  'subject',
];
