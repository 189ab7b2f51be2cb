import type { Login } from '@activescale/kube';
import {
  CUSTOM_METRICS_GROUP,
  CUSTOM_METRICS_VERSIONS,
  EXTERNAL_METRICS_GROUP,
  EXTERNAL_METRICS_VERSION,
} from '@activescale/protocol/kubernetes';
import { type HealthCheck, type Logger, readyCheck } from '@activescale/runtime';
import type { Registry } from 'prom-client';
import { createFallThroughTelemetry } from '../telemetry/fall-through-telemetry.ts';
import { type Adapter, type AskAdapter, startAdapter } from './adapter.ts';
import { createByteBudget } from './byte-budget.ts';
import type { OtherMetrics } from './merged-groups.ts';
import type { FallThroughConfig } from './settings.ts';

/** Other adapters, for the metrics that are not in the catalogue. */
export interface FallThrough {
  readonly custom: AskAdapter | undefined;
  readonly external: AskAdapter | undefined;
  /** For discovery: a constant object until a metric changes. */
  readonly metrics: OtherMetrics;
  readonly checks: readonly HealthCheck[];
  close(): void;
}

export interface FallThroughOptions {
  readonly config: FallThroughConfig;
  login(): Promise<Login>;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Of the answers of all adapters: 1/32 of the container's memory limit, because each answer is copied several times. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Rejects if a CA file cannot be read. The adapters may be down. */
export async function startFallThrough(options: FallThroughOptions): Promise<FallThrough> {
  const { config, login, registry, log } = options;
  const adapters: Adapter[] = [];
  const telemetry = createFallThroughTelemetry(registry, () =>
    adapters.map((adapter) => ({
      group: adapter.group,
      up: () => adapter.trouble === undefined,
      discoveryAge: () => adapter.discoveryAge() / 1000,
    })),
  );
  let metrics: OtherMetrics = new Map();
  const onChange = (): void => {
    metrics = new Map(adapters.map((adapter) => [adapter.group, adapter.metrics]));
  };
  const shared = { login, telemetry, openAccount: createByteBudget(MAX_BYTES), log, onChange };
  const start = async (group: string, version: string, backend: FallThroughConfig['custom']) => {
    if (backend === undefined) return undefined;
    const adapter = await startAdapter({ ...shared, group, version, backend });
    adapters.push(adapter);
    return adapter.ask;
  };
  const custom = await start(CUSTOM_METRICS_GROUP, CUSTOM_METRICS_VERSIONS[0], config.custom);
  const external = await start(EXTERNAL_METRICS_GROUP, EXTERNAL_METRICS_VERSION, config.external);
  return {
    custom,
    external,
    get metrics() {
      return metrics;
    },
    checks: [readyCheck('fallthrough', 'warn', () => troubleOf(adapters))],
    close() {
      for (const adapter of adapters) adapter.close();
    },
  };
}

function troubleOf(adapters: readonly Adapter[]): string | undefined {
  const down = adapters.flatMap(({ group, trouble }) =>
    trouble === undefined ? [] : [`the other adapter of ${group} is down: ${trouble}`],
  );
  return down.length === 0 ? undefined : down.join('; ');
}
