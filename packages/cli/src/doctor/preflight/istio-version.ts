import { askList } from '../../cluster/ask.ts';
import { allowed } from '../context.ts';
import { NotChecked } from '../not-checked.ts';
import type { PreflightCheck } from './check.ts';

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

/** Introduces the annotation sidecar.istio.io/statsFlushInterval: docs/proxies/istio.md. */
const MIN_MINOR = 28;

export const istioVersion: PreflightCheck = {
  name: 'Istio',
  async run({ client, istioNamespace }) {
    const query = new URLSearchParams({ labelSelector: 'app=istiod' });
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(istioNamespace)}/deployments?${query}`;
    const [istiod] = await allowed(askList<Deployment>(client, path));
    if (istiod === undefined)
      throw new NotChecked(
        `there is no istiod in ${istioNamespace}: name its namespace with --istio-namespace, or configure your Envoys (docs/proxies)`,
      );
    const { image = '' } = istiod.spec.template.spec.containers[0] ?? {};
    const [, version, minor] = /:v?(1\.(\d+)[^@]*)/.exec(image) ?? [];
    if (version === undefined) throw new NotChecked(`the image ${image} of istiod shows no version`);
    const sound = `${version}, whose proxies can flush each second`;
    if (Number(minor) >= MIN_MINOR) return { sound, findings: [] };
    const finding = {
      code: 'ASC115',
      subject: `Istio ${version}`,
      problem: `statsFlushInterval needs Istio 1.${MIN_MINOR} or newer: sidecars flush every 5 s, and values are up to 5 s old`,
      fix: 'upgrade, or set the interval in the bootstrap (docs/proxies/istio.md, "Istio before 1.28")',
    } as const;
    return { sound, findings: [finding] };
  },
};
