/** Sources of the rules: RFC 1123 labels and subdomains, apimachinery pkg/util/validation/validation.go. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** Whether this is a valid name of a namespace: `*`, `..` and the like are not. */
export function canNameNamespace(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

/** Whether this is a valid name of a workload. */
export function canNameWorkload(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}
