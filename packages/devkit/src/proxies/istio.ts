import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goExecutable } from '../tools/go.ts';
import { goModule } from '../tools/go-module.ts';
import { run } from '../tools/run.ts';

/** Go does not accept the versions of Istio's releases: this is a commit of its branch for 1.31. */
const ISTIO = { module: 'istio.io/istio', version: 'v0.0.0-20260827124520-eed52ebb66ad' };

export interface IstioPod {
  readonly type: 'sidecar' | 'router' | 'waypoint';
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly workload: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * The bootstrap, as JSON, that Istio's agent renders in a pod with these annotations, in a mesh with default settings. The
 * first call builds its code, which takes some minutes.
 */
export async function istioBootstrap(pod: IstioPod): Promise<string> {
  const { type, name, namespace, address, workload, annotations } = pod;
  const template = join(
    await goModule(ISTIO.module, ISTIO.version),
    'tools/packaging/common/envoy_bootstrap.json',
  );
  const command = await istioProgram('istio-bootstrap', main);
  const folder = await mkdtemp(join(tmpdir(), 'istio-'));
  try {
    // As the downward API writes them: pkg/config/constants, PodInfoAnnotationsPath.
    await mkdir(join(folder, 'etc/istio/pod'), { recursive: true });
    const lines = Object.entries(annotations).map(([key, value]) => `${key}=${JSON.stringify(value)}\n`);
    await writeFile(join(folder, 'etc/istio/pod/annotations'), lines.join(''));
    await writeFile(join(folder, 'etc/istio/pod/labels'), `app=${JSON.stringify(workload)}\n`);
    const node = `${type}~${address}~${name}.${namespace}~${namespace}.svc.cluster.local`;
    // The variables of manifests/charts/istio-control/istio-discovery/files/waypoint.yaml and kube-gateway.yaml.
    const env = {
      POD_NAME: name,
      POD_NAMESPACE: namespace,
      SERVICE_ACCOUNT: workload,
      ISTIO_META_CLUSTER_ID: 'Kubernetes',
      ISTIO_META_INTERCEPTION_MODE: 'REDIRECT',
      ISTIO_META_WORKLOAD_NAME: workload,
      ISTIO_META_OWNER: `kubernetes://apis/apps/v1/namespaces/${namespace}/deployments/${workload}`,
      ISTIO_META_MESH_ID: 'cluster.local',
      ISTIO_META_ISTIO_VERSION: '1.31.0',
    };
    const rendered = await run(command, [template, node, address], { cwd: folder, env });
    return `${JSON.stringify(JSON.parse(rendered), undefined, 2)}\n`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A program that is built with Istio's code. @param main its text in Go */
export function istioProgram(name: string, main: string): Promise<string> {
  const { module, version } = ISTIO;
  return goExecutable({ name, version, requirements: `require ${module} ${version}`, target: '.', main });
}

const main = `package main

import (
	"log"
	"os"

	"istio.io/istio/pilot/cmd/pilot-agent/config"
	"istio.io/istio/pkg/bootstrap"
	"istio.io/istio/pkg/bootstrap/platform"
	istiolog "istio.io/istio/pkg/log"
)

func main() {
	log.SetFlags(0)
	options := istiolog.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	if err := istiolog.Configure(options); err != nil {
		log.Fatal(err)
	}
	template, id, address := os.Args[1], os.Args[2], os.Args[3]
	proxyConfig, err := config.ConstructProxyConfig("", "istio-proxy", "", 0)
	if err != nil {
		log.Fatal(err)
	}
	node, err := bootstrap.GetNodeMetaData(bootstrap.MetadataOptions{
		ID:                  id,
		Envs:                os.Environ(),
		Platform:            &platform.Unknown{},
		InstanceIPs:         []string{address},
		ProxyConfig:         proxyConfig,
		EnvoyStatusPort:     15021,
		EnvoyPrometheusPort: 15090,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := bootstrap.New(bootstrap.Config{Node: node}).WriteTo(template, os.Stdout); err != nil {
		log.Fatal(err)
	}
}
`;
