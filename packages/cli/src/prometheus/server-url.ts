import { UsageError } from '../usage-error.ts';

/** For the usage of a command that takes `--prometheus`. */
export const PROMETHEUS_USAGE = `
      --prometheus URL     base URL of a server with Prometheus' query API, such as http://127.0.0.1:9090`;

/**
 * The base URL of a server with Prometheus' HTTP API; a path is a prefix, as for Thanos or Mimir.
 * @throws UsageError
 */
export function parsePrometheusUrl(text: string): URL {
  const wrong = (expected: string) => new UsageError(`--prometheus ${JSON.stringify(text)}: ${expected}`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:')
    throw wrong('expected an http or https URL, such as http://127.0.0.1:9090');
  // Everyone on this machine can read a command line.
  if (url.username !== '' || url.password !== '')
    throw new UsageError(
      '--prometheus: credentials in the URL are not accepted; use kubectl port-forward, or a proxy that logs in',
    );
  if (url.search !== '' || url.hash !== '') throw wrong('expected a base URL without a query or fragment');
  return url;
}
