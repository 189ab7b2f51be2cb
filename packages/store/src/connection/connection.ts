import { errorText } from '../store-error.ts';
import type { StoreOptions } from '../types.ts';
import { openCluster } from './cluster-connection.ts';
import { readCredentials, rereadable, withoutFiles } from './credentials.ts';
import type { Opened } from './opened.ts';
import { openServer } from './server-connection.ts';

export interface Connection extends Opened {
  /** Of this connection, or of the last attempt while there is none. */
  lastError(): string | undefined;
  /** Ends this connection so that the next one is opened, perhaps to another server. */
  renew(reason: string): void;
}

/**
 * `ready` is called when it is connected, before the password and the server are checked. `lost` is called with
 * the reason, again for every failed attempt.
 *
 * Connects in the background, and reconnects until it is closed. Never throws for a missing server or file.
 */
export function openConnection(
  options: StoreOptions,
  events: { ready(): void; lost(reason: string): void },
): Connection {
  let reason: string | undefined;
  let closed = false;
  const note = (why: string): void => {
    reason = why;
  };
  const problems: { servers?: string | undefined; sentinels?: string | undefined } = {};
  const credentials = rereadable(
    () => readCredentials(options),
    withoutFiles(options),
    (problem) => {
      problems.servers = problem;
    },
  );
  const lost = (why = reason ?? 'the connection was closed'): void => {
    if (closed) return;
    const parts = [problems.servers, problems.sentinels, why].filter((part) => part !== undefined);
    events.lost([...new Set(parts)].join('; '));
  };
  const opened = (options.mode === 'cluster' ? openCluster : openServer)(options, credentials, {
    lost,
    onFileProblem(problem) {
      problems.sentinels = problem;
    },
  });
  const { client } = opened;

  client.on('connect', () => {
    reason = undefined;
  });
  client.on('ready', events.ready);
  const noteError = (error: unknown): void => note(errorText(error));
  client.on('error', noteError);
  client.on('node error', noteError);
  client.on('close', () => lost());

  return {
    ...opened,
    lastError: () => reason,
    renew(why) {
      note(why);
      client.disconnect(true);
    },
    close() {
      closed = true;
      opened.close();
    },
  };
}
