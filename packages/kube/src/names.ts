/** Sources of the rules: RFC 1123 labels and subdomains, apimachinery pkg/util/validation/validation.go. */
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** Whether a namespace may have this name. `*`, `..` and the like name none. */
export function canNameNamespace(text: string): boolean {
  return text.length <= 63 && LABEL.test(text);
}

/** Whether a workload may have this name. */
export function canNameWorkload(text: string): boolean {
  return text.length <= 253 && SUBDOMAIN.test(text);
}
