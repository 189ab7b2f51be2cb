import type { X509Certificate } from 'node:crypto';
import { type KubeClient, readCertificates } from '@activescale/kube';
import { type Reflector, type Sink, startReflector } from '../kube/reflector.ts';
import type { KubeObject } from '../kube/watch-event.ts';

/** The cluster's configuration of authentication. */
export interface AuthConfig {
  /** Changes with every new version, so that results derived from an older one are recognized. */
  readonly generation: number;
  /** Of x509 users. */
  readonly clientCas: readonly X509Certificate[];
  readonly frontProxy: {
    readonly cas: readonly X509Certificate[];
    /** Common names; empty: any. */
    readonly allowedNames: readonly string[];
    readonly usernameHeaders: readonly string[];
    readonly uidHeaders: readonly string[];
    readonly groupHeaders: readonly string[];
    readonly extraHeaderPrefixes: readonly string[];
  };
  /** Both CAs as PEM, for the server's list of acceptable CAs. */
  readonly caPem: string;
}

export interface WatchedAuthConfig extends Reflector {
  /** undefined until it is read, or if the cluster has none. */
  readonly current: AuthConfig | undefined;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface ConfigMapSink extends Sink<ConfigMap> {
  value: ConfigMap | undefined;
}

const NAME = 'extension-apiserver-authentication';

/** Watches the configuration that kube-apiserver publishes, so that a rotated CA works at once. */
export function watchAuthConfig(
  client: KubeClient,
  onChange: (config: AuthConfig | undefined) => void,
  onState: (trouble: unknown) => void,
): WatchedAuthConfig {
  let current: AuthConfig | undefined;
  let generation = 0;
  let live: ConfigMapSink | undefined;
  const apply = (configMap: ConfigMap | undefined): void => {
    try {
      current = configMap && parseAuthConfig(configMap.data ?? {}, ++generation);
    } catch (error) {
      onState(error); // the previous one stays
      return;
    }
    onChange(current);
  };
  const reflector = startReflector<ConfigMap, ConfigMapSink>({
    client,
    path: '/api/v1/namespaces/kube-system/configmaps',
    query: { fieldSelector: `metadata.name=${NAME}` },
    accept: 'application/json',
    begin() {
      const change = (value: ConfigMap | undefined): void => {
        sink.value = value;
        if (live === sink) apply(value);
      };
      const sink: ConfigMapSink = { value: undefined, put: change, remove: () => change(undefined) };
      return sink;
    },
    commit(sink) {
      live = sink;
      apply(sink.value);
    },
    onState,
  });
  return {
    get current() {
      return current;
    },
    get synced() {
      return reflector.synced;
    },
    age: reflector.age,
    close: reflector.close,
  };
}

/** @throws Error that names the invalid key */
export function parseAuthConfig(data: Readonly<Record<string, string>>, generation: number): AuthConfig {
  const clientCa = data['client-ca-file'] ?? '';
  const frontProxyCa = data['requestheader-client-ca-file'] ?? '';
  const list = (key: string) => parseList(key, data[`requestheader-${key}`]);
  return {
    generation,
    clientCas: parseCertificates('client-ca-file', clientCa),
    frontProxy: {
      cas: parseCertificates('requestheader-client-ca-file', frontProxyCa),
      allowedNames: list('allowed-names'),
      usernameHeaders: list('username-headers').map(lower),
      uidHeaders: list('uid-headers').map(lower),
      groupHeaders: list('group-headers').map(lower),
      extraHeaderPrefixes: list('extra-headers-prefix').map(lower),
    },
    caPem: `${clientCa}\n${frontProxyCa}`,
  };
}

function parseCertificates(key: string, pem: string): X509Certificate[] {
  try {
    return readCertificates(pem);
  } catch (cause) {
    throw new Error(`ConfigMap ${NAME}: ${key} contains no valid certificate`, { cause });
  }
}

function parseList(key: string, text = '[]'): string[] {
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  } catch {
    // reported below, like any other invalid list
  }
  throw new Error(`ConfigMap ${NAME}: requestheader-${key} is not a list of names: ${text}`);
}

function lower(text: string): string {
  return text.toLowerCase();
}
