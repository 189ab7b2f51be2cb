// In the bundle this takes the place of undici, which needs Node 22. client-node imports it for requests of its generated
// clients; the CLI uses client-node only to read kubeconfigs, and sends its requests with node:https.

function refuse(): never {
  throw new Error('the packed CLI has no undici (scripts/release/cli/unused-undici.ts)');
}

export { refuse as Agent, refuse as fetch, refuse as ProxyAgent };
