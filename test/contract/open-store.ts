import { until } from '@activescale/devkit';
import { connect, type Store } from '@activescale/store';

/** A connection to a test's own Valkey, with the prefix that services have by default. */
export async function openStore({ port }: { readonly port: number }): Promise<Store & AsyncDisposable> {
  const store = connect({
    addresses: [{ host: '127.0.0.1', port }],
    mode: 'standalone',
    keyPrefix: 'activescale',
    clientName: 'test',
    onState() {},
  });
  await until(() => store.state === 'up', { what: 'the connection to Valkey' });
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
