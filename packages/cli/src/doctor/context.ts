import { type KubeClient, KubeError } from '@activescale/kube';
import type { Store } from '@activescale/store';
import { askIfThere, reasonOf } from '../cluster/ask.ts';
import { createApiReader } from '../records/api-reader.ts';
import { addressOf, openRecords } from '../records/open.ts';
import { NoRecordsError, type RecordReader } from '../records/reader.ts';
import type { RecordSettings } from '../records/settings.ts';
import { type ComponentSettings, readComponentSettings } from './component-settings.ts';
import { NotChecked } from './not-checked.ts';
import { readScaledWorkloads, type ScaledWorkload } from './scaled-workloads.ts';

export interface DoctorOptions {
  readonly client: KubeClient;
  /** The namespace to check; undefined: all. */
  readonly namespace: string | undefined;
  /** The namespaces of activescale and istiod. */
  readonly installNamespace: string;
  readonly istioNamespace: string;
  readonly settings: RecordSettings;
}

/** The data that checks use. Each is read once, when the first check needs it. */
export interface DoctorContext extends DoctorOptions {
  /** Valkey itself. @throws NotChecked if its address was not given; NoRecordsError */
  store(): Promise<Store>;
  /** The records through api. */
  readonly api: RecordReader;
  /** Workloads under HPAs that use our metrics. @throws NotChecked */
  workloads(): Promise<readonly ScaledWorkload[]>;
  /** The environment of one of our Deployments; undefined: it does not exist, or this user may not read it. */
  component(name: string): Promise<ComponentSettings | undefined>;
  close(): Promise<void>;
}

export function createContext(options: DoctorOptions): DoctorContext {
  const { client, namespace, installNamespace, settings } = options;
  const components = new Map<string, Promise<ComponentSettings | undefined>>();
  let opened: Promise<Store> | undefined;
  let workloads: Promise<readonly ScaledWorkload[]> | undefined;
  return {
    ...options,
    api: createApiReader(client, namespace ?? installNamespace),
    store() {
      if (!settings.given)
        throw new NotChecked(
          'set VALKEY_ADDR or --valkey-addr to check Valkey itself; other checks read its records through api',
        );
      opened ??= openRecords(settings);
      return opened;
    },
    workloads() {
      workloads ??= allowed(readScaledWorkloads(client, namespace, settings.catalogue));
      return workloads;
    },
    component(name) {
      const known =
        components.get(name) ?? unlessRefused(readComponentSettings(client, installNamespace, name));
      components.set(name, known);
      return known;
    },
    close: async () =>
      opened?.then(
        (store) => store.close(),
        () => {},
      ),
  };
}

/** The records, for checks of other things than Valkey: through api if no address was given. @throws NotChecked */
export async function recordsOf(context: DoctorContext): Promise<RecordReader> {
  if (!context.settings.given) return context.api;
  try {
    return await context.store();
  } catch (error) {
    if (!(error instanceof NoRecordsError)) throw error;
    throw new NotChecked(`Valkey at ${addressOf(context.settings)} cannot be reached`);
  }
}

/** A response that this user may be refused. @throws NotChecked */
export async function allowed<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) throw new NotChecked(reasonOf(error));
    throw error;
  }
}

/** undefined instead of a response that this user is refused. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return undefined;
    throw error;
  }
}

/** @throws NotChecked */
export function look<T>({ client }: DoctorContext, path: string): Promise<T | undefined> {
  return allowed(askIfThere<T>(client, path));
}
