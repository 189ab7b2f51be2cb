import { Redis } from 'iovalkey';
import { errorText } from '../store-error.ts';
import type { StoreOptions } from '../types.ts';
import { backOff, callerConnects } from './client-options.ts';
import {
  type Credentials,
  readSentinelCredentials,
  rereadable,
  sentinelsWithoutFiles,
} from './credentials.ts';
import type { ConnectionEvents, Opened } from './opened.ts';
import { createSentinels, type Sentinels } from './sentinels.ts';

/** Connects to one server, given or found by the Sentinels, and reconnects until it is closed. */
export function openServer(
  options: StoreOptions,
  credentials: () => Credentials,
  { lost, onFileProblem }: ConnectionEvents,
): Opened {
  const [first] = options.addresses;
  if (first === undefined) throw new TypeError('addresses: expected at least one');
  const sentinels = options.mode === 'sentinel' ? openSentinels(options, onFileProblem) : undefined;
  const client = new Redis({ ...callerConnects(options, credentials()), host: first.host, port: first.port });
  /** Attempts since the server was last usable. */
  let attempts = 0;
  let closed = false;
  let pause: NodeJS.Timeout | undefined;

  const again = (): void => {
    if (closed) return;
    pause = setTimeout(connect, backOff(++attempts));
  };
  const connect = async (): Promise<void> => {
    try {
      if (sentinels !== undefined) {
        if (attempts > 1) sentinels.distrust();
        Object.assign(client.options, await sentinels.findPrimary());
      }
    } catch (error) {
      if (closed) return;
      lost(errorText(error));
      again();
      return;
    }
    if (closed) return;
    Object.assign(client.options, credentials());
    client.connect().catch(() => {}); // reported by its 'end'
  };
  client.on('end', () => {
    lost(); // iovalkey does not close what it cannot even make a socket for (a certificate that is none)
    again();
  });
  void connect();

  return {
    client,
    nodeOf: () => client,
    primaries: () => [client],
    refresh() {},
    proved() {
      attempts = 0;
    },
    close() {
      closed = true;
      clearTimeout(pause);
      sentinels?.close();
      client.disconnect();
    },
  };
}

function openSentinels(
  options: StoreOptions,
  onFileProblem: (problem: string | undefined) => void,
): Sentinels {
  const credentials = rereadable(
    () => readSentinelCredentials(options),
    sentinelsWithoutFiles(options),
    onFileProblem,
  );
  return createSentinels(options, credentials);
}
