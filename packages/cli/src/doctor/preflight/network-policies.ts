import { askList } from '../../cluster/ask.ts';
import { allowed } from '../context.ts';
import type { PreflightCheck } from './check.ts';

interface Workload {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

/**
 * DaemonSets of network plugins that enforce NetworkPolicies, by the names that their own manifests give them. GKE's
 * Dataplane V2 is anetd; aws-node enforces them only with enableNetworkPolicy, so it proves nothing.
 */
const ENFORCING =
  /^(calico-node|canal|cilium|anetd|antrea-agent|kube-router|weave-net|ovnkube-node|ovs-ovn|azure-npm|azure-cns-cilium|romana-agent)$/;

/** Kubernetes does not report whether policies are enforced, so this looks for plugins that are known to do so. */
export const networkPolicies: PreflightCheck = {
  name: 'NetworkPolicies',
  async run({ client }) {
    const all = await allowed(askList<Workload>(client, '/apis/apps/v1/daemonsets'));
    const found = all.find(({ metadata }) => ENFORCING.test(metadata.name))?.metadata;
    if (found !== undefined)
      return { sound: `${found.name} in ${found.namespace} enforces them`, findings: [] };
    const finding = {
      code: 'ASC114',
      subject: 'the cluster',
      problem: 'no network plugin that enforces NetworkPolicies was found',
      fix: 'see the documentation of your network plugin: without enforcement every pod can connect to ingest and Valkey (SECURITY.md)',
    } as const;
    return { sound: '', findings: [finding] };
  },
};
