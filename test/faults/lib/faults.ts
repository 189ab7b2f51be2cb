import type { FaultProxy } from '@activescale/devkit';
import { stepTime } from './clock-step.ts';
import type { Topology } from './servers.ts';
import type { Stand } from './stand.ts';

/** Ends the fault; resolves when what was away is there again. */
export type Heal = () => Promise<void> | void;

export interface Fault {
  readonly name: string;
  readonly topology: Topology;
  /** Whether it lasts; one that is over at once (a process that is killed and started again) is healed at once. */
  readonly lasts: boolean;
  strike(stand: Stand): Promise<Heal> | Heal;
}

const HOUR = 3_600_000;

export const FAULTS: readonly Fault[] = [
  alone('no fault', () => () => {}),
  killed('ingest is killed (SIGKILL), and started again', ({ ingest }) => {
    ingest.current.kill();
    return () => ingest.restart();
  }),
  killed('api is killed, and started again', ({ api }) => {
    api.current.kill();
    return () => api.restart();
  }),
  killed('Valkey is killed, and restarts empty', ({ servers: { primary } }) => {
    primary.kill();
    return () => primary.restart();
  }),
  {
    name: 'Sentinel: the primary is killed, its replica takes over',
    topology: 'sentinel',
    lasts: false,
    strike({ servers }) {
      servers.primary.kill();
      return servers.promoted;
    },
  },
  {
    name: 'Cluster: one of three primaries is killed, its replica takes over',
    topology: 'cluster',
    lasts: false,
    strike({ servers }) {
      servers.primary.kill();
      return servers.promoted;
    },
  },
  {
    name: 'Cluster: a primary stops answering, its replica takes over, and it returns',
    topology: 'cluster',
    lasts: true,
    strike({ servers }) {
      servers.primary.kill('SIGSTOP');
      return async () => {
        await servers.promoted();
        servers.primary.kill('SIGCONT');
      };
    },
  },
  network('round trips to Valkey take 300 ms longer', (proxy) => proxy.delay(150)),
  network('round trips to Valkey take 2 s longer', (proxy) => proxy.delay(1_000)),
  alone('the network to Valkey stalls, 600 ms of each 1.2 s', ({ servers: { proxies } }) => {
    let stalled = false;
    return again(600, proxies, (proxy, index) => {
      if (index === 0) stalled = !stalled;
      if (stalled) proxy.stall();
      else proxy.heal();
    });
  }),
  alone('connections to Valkey are reset every 500 ms', ({ servers: { proxies } }) =>
    again(500, proxies, (proxy) => proxy.reset()),
  ),
  network('connections to Valkey are refused', (proxy) => proxy.refuse()),
  alone('Valkey is a black hole to ingest', ({ servers: { proxies } }) => {
    proxies[0]?.stall();
    return () => proxies[0]?.heal();
  }),
  alone('Valkey is a black hole to api', ({ servers: { proxies } }) => {
    proxies[1]?.stall();
    return () => proxies[1]?.heal();
  }),
  network('Valkey is a black hole to both', (proxy) => proxy.stall()),
  frozen('ingest is frozen (SIGSTOP), and resumes', ({ ingest }) => ingest.current),
  frozen('api is frozen, and resumes', ({ api }) => api.current),
  frozen('Valkey is frozen, and resumes', ({ servers }) => servers.primary),
  alone("Valkey's disk is full", async ({ servers: { primary } }) => {
    await primary.limitFiles(1);
    return () => primary.limitFiles();
  }),
  clockSet("Valkey's clock is set an hour ahead, and back", HOUR),
  clockSet("Valkey's clock is set an hour back, and ahead again", -HOUR),
  alone("Envoys' clocks are set an hour ahead, and back", ({ load }) => {
    load.kill('SIGHUP');
    return () => load.kill('SIGHUP');
  }),
];

function alone(name: string, strike: Fault['strike']): Fault {
  return { name, topology: 'standalone', lasts: true, strike };
}

function killed(name: string, strike: Fault['strike']): Fault {
  return { name, topology: 'standalone', lasts: false, strike };
}

/** What happens to the way of both services to Valkey. */
function network(name: string, act: (proxy: FaultProxy) => void): Fault {
  return alone(name, ({ servers: { proxies } }) => {
    for (const proxy of proxies) act(proxy);
    return () => {
      for (const proxy of proxies) proxy.heal();
    };
  });
}

function clockSet(name: string, by: number): Fault {
  return alone(name, ({ servers: { proxies }, watch }) => {
    watch.clockSet(by);
    for (const proxy of proxies) proxy.rewrite((bytes) => stepTime(bytes, by));
    return () => {
      watch.clockSet(0);
      for (const proxy of proxies) proxy.heal();
    };
  });
}

function frozen(name: string, of: (stand: Stand) => { kill(signal: NodeJS.Signals): void }): Fault {
  return alone(name, (stand) => {
    of(stand).kill('SIGSTOP');
    return () => of(stand).kill('SIGCONT');
  });
}

/** Does something to each proxy every `ms`. */
function again(
  ms: number,
  proxies: readonly FaultProxy[],
  act: (proxy: FaultProxy, index: number) => void,
): Heal {
  const turn = () => proxies.forEach(act);
  turn();
  const timer = setInterval(turn, ms);
  return () => {
    clearInterval(timer);
    for (const proxy of proxies) proxy.heal();
  };
}
