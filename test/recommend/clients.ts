import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clients of which each sends its next request when the last one is answered, so that the number in flight is held. */
export interface Clients extends AsyncDisposable {
  /** Sets their number; superfluous clients end after their request. */
  set(count: number): void;
}

/** @param pause between an answer and the client's next request, in ms */
export function startClients(port: number, pause: number): Clients {
  const agent = new Agent({ keepAlive: true });
  let wanted = 0;
  const running = new Set<Promise<void>>();
  const client = async (): Promise<void> => {
    while (running.size <= wanted) {
      await send(port, agent);
      if (pause > 0) await sleep(pause);
    }
  };
  return {
    set(count) {
      wanted = count;
      while (running.size < wanted) {
        const loop = client().finally(() => running.delete(loop));
        running.add(loop);
      }
    },
    async [Symbol.asyncDispose]() {
      wanted = 0;
      await Promise.all(running);
      agent.destroy();
    },
  };
}

function send(port: number, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, agent }, (response) => {
      response.on('end', resolve).on('error', reject).resume();
    });
    sent.on('error', reject).end();
  });
}
