import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { type GoProgram, goExecutable } from './go.ts';
import { findInPath, isExecutable } from './run.ts';

const etcdVersion = `v${VERSIONS.etcd}`;
const kubernetesVersion = `v${VERSIONS.kubernetes}`;

const etcd: GoProgram = {
  name: 'etcd',
  version: etcdVersion,
  requirements: `require go.etcd.io/etcd/server/v3 ${etcdVersion}`,
  target: '.',
  main: `package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
`,
};

/**
 * Modules that k8s.io/kubernetes replaces by folders of its own. A replacement counts in the main module only, so
 * who builds it from outside has to name their released versions again.
 */
const staging =
  `api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider cluster-bootstrap
  code-generator component-base component-helpers controller-manager cri-api cri-client csi-translation-lib
  dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator kube-controller-manager kube-proxy
  kube-scheduler kubectl kubelet metrics mount-utils pod-security-admission sample-apiserver sample-cli-plugin
  sample-controller`.split(/\s+/);

function kubernetes(name: string): GoProgram {
  const released = kubernetesVersion.replace('v1.', 'v0.');
  const [major = '', minor = ''] = kubernetesVersion.slice(1).split('.');
  const version = 'k8s.io/component-base/version';
  return {
    name,
    version: kubernetesVersion,
    requirements: [
      `require k8s.io/kubernetes ${kubernetesVersion}`,
      ...staging.map((module) => `replace k8s.io/${module} => k8s.io/${module} ${released}`),
    ].join('\n'),
    target: `k8s.io/kubernetes/cmd/${name}`,
    // Without these a client cannot parse the version that the server tells.
    stamps: {
      [`${version}.gitVersion`]: kubernetesVersion,
      [`${version}.gitMajor`]: major,
      [`${version}.gitMinor`]: minor,
    },
  };
}

export const etcdBinary = () => binary(etcd);
export const apiserverBinary = () => binary(kubernetes('kube-apiserver'));
export const controllerManagerBinary = () => binary(kubernetes('kube-controller-manager'));
export const kubectlBinary = () => binary(kubernetes('kubectl'));

/** A program of the control plane: from KUBEBUILDER_ASSETS, from PATH, or built once (8 minutes for all on 2 cores). */
async function binary(program: GoProgram): Promise<string> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets && (await isExecutable(join(assets, program.name)))) return join(assets, program.name);
  return (await findInPath(program.name)) ?? goExecutable(program);
}
