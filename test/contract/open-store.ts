import { until } from '@activescale/devkit';
import { keptSinceKey } from '@activescale/protocol/record';
import { connect, type Store } from '@activescale/store';
import { openAdmin } from '@activescale/store/testing';

/**
 * A connection to a test's own Valkey, with the prefix that services have by default. The server is marked as if it had
 * always kept all records, because a test stores some at once.
 */
export async function openStore({ port }: { readonly port: number }): Promise<Store & AsyncDisposable> {
  const store = connect({
    addresses: [{ host: '127.0.0.1', port }],
    mode: 'standalone',
    keyPrefix: 'activescale',
    clientName: 'test',
    onState() {},
  });
  // A store that nobody closes keeps the process of the test alive.
  await using opening = new AsyncDisposableStack();
  opening.defer(() => store.close());
  using admin = openAdmin(port);
  await admin.redis.set(keptSinceKey('activescale', 0), 0);
  await until(() => store.state === 'up', { what: 'the connection to Valkey' });
  const opened = opening.move();
  return Object.assign(store, { [Symbol.asyncDispose]: () => opened.disposeAsync() });
}
