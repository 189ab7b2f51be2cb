import { checkBundles, type KubeClient } from '@activescale/kube';
import type { Logger } from '@activescale/runtime';
import type { CertificateSource } from './certificate-source.ts';

/** The trust of the cluster in what we serve, looked at now and then. */
export interface BundleWatch {
  /** By the name of the APIService. */
  readonly valid: ReadonlyMap<string, boolean>;
  close(): void;
}

/** Between two looks, in ms; while something is missing or wrong, or after a change of the certificate, it is sooner. */
const LOOK_MS = 3_600_000;
const TICK_MS = 5_000;

export function startBundleWatch(
  client: KubeClient,
  /** That are served. */
  groups: readonly string[],
  certificate: Pick<CertificateSource, 'current'>,
  log: Logger,
): BundleWatch {
  let valid: ReadonlyMap<string, boolean> = new Map();
  let said = new Map<string, string | undefined>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let lookedFor: unknown;
  let looking = false;

  const look = async (): Promise<void> => {
    const { current } = certificate;
    const missing = groups.some((group) => ![...said.keys()].some((name) => name.endsWith(`.${group}`)));
    const wrong = missing || [...valid.values()].includes(false);
    const due = wrong || lookedFor !== current || performance.now() - lookedAt > LOOK_MS;
    if (looking || !due) return;
    looking = true;
    try {
      const report = await checkBundles(client, groups, current.cert);
      for (const [apiservice, problem] of report) {
        if (said.has(apiservice) && said.get(apiservice) === problem) continue;
        if (problem === undefined) log.info({ apiservice }, 'the caBundle verifies the served certificate');
        else log.error({ apiservice, problem }, 'kube-apiserver cannot trust this server');
      }
      said = new Map(report);
      valid = new Map([...report].map(([apiservice, problem]) => [apiservice, problem === undefined]));
      lookedAt = performance.now();
      lookedFor = current;
    } catch (error) {
      log.debug({ err: error }, 'the APIServices could not be read');
    } finally {
      looking = false;
    }
  };
  void look();
  const timer = setInterval(() => void look(), TICK_MS).unref();
  return {
    get valid() {
      return valid;
    },
    close: () => clearInterval(timer),
  };
}
