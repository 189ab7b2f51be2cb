import { spawnSync } from 'node:child_process';
import { istioProgram } from './istio.ts';
import type { ProxyNames } from './proxy-names.ts';

/** A proxy as istiod sees it. */
export interface IstioProxy {
  readonly type: 'sidecar' | 'router' | 'waypoint';
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
}

/**
 * The names in the configuration that istiod's own code generates for a proxy, in a cluster with these objects. The first
 * call builds that code, in 10 minutes on 2 cores.
 * @param objects YAML of Kubernetes and of Istio
 */
export async function istioNames(objects: string, proxy: IstioProxy): Promise<ProxyNames> {
  const command = await istioProgram('istio-names', main);
  const { status, stdout, stderr } = spawnSync(command, {
    input: JSON.stringify({ ...proxy, objects }),
    encoding: 'utf8',
    timeout: 60_000,
    // As in an ambient installation (manifests/charts/istio-control/istio-discovery/files/profile-ambient.yaml).
    env: { ...process.env, PILOT_ENABLE_AMBIENT: 'true' },
  });
  if (status !== 0) throw new Error(`istiod generates nothing: ${stderr.slice(-2_000)}`);
  return JSON.parse(stdout) as ProxyNames;
}

const main =
  `package main

import (
	"encoding/json"
	"log"
	"os"
	"sort"

	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	istiolog "istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
)

type request struct {
	Objects   string
	Type      model.NodeType
	Namespace string
	Labels    map[string]string
	Addresses []string
}

type names struct {
	Clusters []string ` +
  '`' +
  `json:"clusters"` +
  '`' +
  `
	Managers []string ` +
  '`' +
  `json:"managers"` +
  '`' +
  `
}

func main() {
	log.SetFlags(0)
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	options := istiolog.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	if err := istiolog.Configure(options); err != nil {
		log.Fatal(err)
	}
	features.EnableIngressWaypointRouting = true
	failure := test.Wrap(func(t test.Failer) {
		server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			ConfigString:           asked.Objects,
			KubernetesObjectString: asked.Objects,
		})
		proxy := server.SetupProxy(&model.Proxy{
			Type:            asked.Type,
			ConfigNamespace: asked.Namespace,
			Labels:          asked.Labels,
			Metadata:        &model.NodeMetadata{Labels: asked.Labels, Namespace: asked.Namespace},
			IPAddresses:     asked.Addresses,
		})
		found := names{Clusters: []string{}, Managers: []string{}}
		for _, cluster := range server.Clusters(proxy) {
			name := cluster.AltStatName
			if name == "" {
				name = cluster.Name
			}
			found.Clusters = append(found.Clusters, name)
		}
		for _, listener := range server.Listeners(proxy) {
			for _, chain := range listener.FilterChains {
				for _, filter := range chain.Filters {
					manager := &hcm.HttpConnectionManager{}
					if filter.GetTypedConfig().MessageIs(manager) && filter.GetTypedConfig().UnmarshalTo(manager) == nil {
						found.Managers = append(found.Managers, manager.StatPrefix)
					}
				}
			}
		}
		sort.Strings(found.Clusters)
		sort.Strings(found.Managers)
		if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
			t.Fatal(err)
		}
	})
	if failure != nil {
		log.Fatal(failure)
	}
}
`;
