import type { Credential, KubeServer } from '@activescale/devkit';

/** What an attack on ingest can reach. */
export interface IngestTarget {
  readonly grpcPort: number;
  readonly adminPort: number;
  /** Only to look at what was stored. */
  readonly valkeyPort: number;
  /** A client certificate that expires soon, at `notAfter` in ms; undefined without TLS. */
  readonly expiring?: Credential & { readonly notAfter: number };
}

/** What an attack on api can reach. */
export interface ApiTarget {
  readonly securePort: number;
  /** Of the external scaler; 0 if api does not serve it. It requires no client certificate. */
  readonly kedaPort: number;
  readonly adminPort: number;
  readonly kube: KubeServer;
  /** May read the metrics of the namespace `mine`. */
  readonly viewer: Credential;
  /** A user without any right. */
  readonly nobody: Credential;
}

/** A running attack. */
export interface Assault<Target> {
  readonly target: Target;
  /** Ends the attack. */
  readonly signal: AbortSignal;
  /** Begins the attack's time, where there was something to prepare. */
  ready(): void;
  /** Counts an answer to the attacker, by a few words. */
  got(answer: string): void;
  /** Reports an action that the attacker should not have been able to do. */
  broken(what: string): void;
}

export interface Attack<Target> {
  readonly name: string;
  /** Seconds that it needs at least. */
  readonly seconds?: number;
  /** Ingest serves TLS, and the attacker has a certificate that expires. */
  readonly tls?: boolean;
  /** api serves KEDA, and has another adapter behind it, which is the attacker's. */
  readonly outward?: boolean;
  /** Returns soon after the assault's signal, at the latest. */
  run(assault: Assault<Target>): Promise<void>;
}
