import dns from 'node:dns';

// Preloaded by a service under test (--import): the Services of its cluster run on this machine, and there is no cluster
// DNS that knows their names.

const lookup = dns.lookup;
dns.lookup = ((name: string, ...rest: [never, never]) =>
  lookup(name.endsWith('.svc') ? '127.0.0.1' : name, ...rest)) as typeof lookup;
