import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VERSIONS } from '../versions.ts';
import { type GoProgram, goExecutable } from './go.ts';
import { goModule } from './go-module.ts';
import { findInPath, isExecutable } from './run.ts';

const etcdVersion = `v${VERSIONS.etcd}`;

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

/** `usual`: the release that almost every test uses. `newest`: built only for tests of what only this release has. */
export type KubernetesRelease = 'usual' | 'newest';

const released: Readonly<Record<KubernetesRelease, string>> = {
  usual: `v${VERSIONS.kubernetes}`,
  newest: `v${VERSIONS.newestKubernetes}`,
};

function kubernetes(name: string, release: KubernetesRelease): GoProgram {
  const version = released[release];
  const [major = '', minor = ''] = version.slice(1).split('.');
  const stamped = 'k8s.io/component-base/version';
  return {
    name,
    version,
    requirements: async () => {
      const replaced = (await stagedModules(version)).map(
        (module) => `replace ${module} => ${module} ${version.replace('v1.', 'v0.')}`,
      );
      return [`require k8s.io/kubernetes ${version}`, ...replaced].join('\n');
    },
    target: `k8s.io/kubernetes/cmd/${name}`,
    // Without these a client cannot parse the version that the server reports.
    stamps: {
      [`${stamped}.gitVersion`]: version,
      [`${stamped}.gitMajor`]: major,
      [`${stamped}.gitMinor`]: minor,
    },
  };
}

/**
 * The modules that k8s.io/kubernetes replaces by its own folders. A replacement counts in the main module only, so
 * a build from outside has to name their released versions.
 */
async function stagedModules(version: string): Promise<string[]> {
  const text = await readFile(join(await goModule('k8s.io/kubernetes', version), 'go.mod'), 'utf8');
  return [...text.matchAll(/^\s*(\S+) => \.\/staging\/src\//gm)].map(([, module = '']) => module);
}

export const etcdBinary = async () => (await installed('etcd')) ?? goExecutable(etcd);
export const apiserverBinary = (release: KubernetesRelease = 'usual') => binary('kube-apiserver', release);
export const controllerManagerBinary = (release: KubernetesRelease = 'usual') =>
  binary('kube-controller-manager', release);
export const kubectlBinary = () => binary('kubectl', 'usual');

/**
 * A program of the control plane, built once (8 minutes for all of a release on 2 cores). For the usual release it may
 * also be an installed one; the newest must be exactly the release that its tests require.
 */
async function binary(name: string, release: KubernetesRelease): Promise<string> {
  const found = release === 'usual' ? await installed(name) : undefined;
  return found ?? goExecutable(kubernetes(name, release));
}

/** The path of a program in KUBEBUILDER_ASSETS or PATH, if it is there. */
async function installed(name: string): Promise<string | undefined> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (assets && (await isExecutable(join(assets, name)))) return join(assets, name);
  return findInPath(name);
}
