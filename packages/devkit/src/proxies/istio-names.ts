import { spawnSync } from 'node:child_process';
import { istioProgram } from './istio.ts';
import type { ProxyNames } from './proxy-names.ts';

/** A proxy as istiod sees it. */
export interface IstioProxy {
  readonly type: 'sidecar' | 'router' | 'waypoint';
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  /** The DNS domain of the Services. In another one than cluster.local there are only Services and Istio's own objects. */
  readonly domain: string;
}

/**
 * The names in the configuration that istiod's own code generates for a proxy, in a cluster with these objects. The first
 * call builds that code, in 10 minutes on 2 cores.
 * @param objects YAML of Kubernetes and of Istio
 */
export async function istioNames(objects: string, proxy: IstioProxy): Promise<ProxyNames> {
  const command = await istioProgram('istio-names-by-domain', main);
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
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"sort"
	"strings"

	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/serviceregistry/kube"
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
	Domain    string
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
		options := xds.FakeOptions{ConfigString: asked.Objects}
		if asked.Domain == "cluster.local" {
			options.KubernetesObjectString = asked.Objects
		} else {
			options.Services = servicesOf(asked.Objects, asked.Domain)
		}
		server := xds.NewFakeDiscoveryServer(t, options)
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

// This server has the Services of a cluster in cluster.local only.
func servicesOf(objects, domain string) []*model.Service {
	decoder := scheme.Codecs.UniversalDeserializer()
	reader := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(objects)))
	found := []*model.Service{}
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			log.Fatal(err)
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if runtime.IsNotRegisteredError(err) {
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		if service, ok := object.(*corev1.Service); ok {
			found = append(found, kube.ConvertService(*service, nil, domain, "Kubernetes", domain))
		}
	}
}
`;
