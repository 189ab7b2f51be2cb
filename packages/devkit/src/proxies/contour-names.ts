import { innerProgram, rendered } from './inner-program.ts';
import type { ProxyNames } from './proxy-names.ts';

const CONTOUR = { module: 'github.com/projectcontour/contour', version: 'v1.33.8' };

/**
 * The names in the stats of what Contour's own code generates for its Envoys, with its default settings. The first call builds
 * that code.
 * @param objects YAML of Secrets, Services, Ingresses, HTTPProxies and ExtensionServices
 */
export async function contourNames(objects: string): Promise<ProxyNames> {
  const command = await innerProgram({ ...CONTOUR, name: 'contour-names', main });
  return JSON.parse(rendered(command, 'Contour', objects)) as ProxyNames;
}

const main = `package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"slices"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"github.com/sirupsen/logrus"
	core_v1 "k8s.io/api/core/v1"
	networking_v1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"

	contour_v1 "github.com/projectcontour/contour/apis/projectcontour/v1"
	contour_v1alpha1 "github.com/projectcontour/contour/apis/projectcontour/v1alpha1"
	"github.com/projectcontour/contour/internal/contourconfig"
	"github.com/projectcontour/contour/internal/dag"
	envoy_v3 "github.com/projectcontour/contour/internal/envoy/v3"
	xdscache_v3 "github.com/projectcontour/contour/internal/xdscache/v3"
)

func main() {
	log.SetFlags(0)
	config := contourconfig.Defaults()
	root := build(config)
	envoy := envoy_v3.NewEnvoyGen(envoy_v3.EnvoyGenOpt{XDSClusterName: envoy_v3.DefaultXDSClusterName})
	generated := xdscache_v3.NewClusterCache(envoy)
	generated.OnChange(root)
	listeners := xdscache_v3.NewListenerCache(xdscache_v3.ListenerConfig{}, *config.Envoy.Metrics, *config.Envoy.Health,
		config.Envoy.OMEnforcedHealth, *config.Envoy.Network.EnvoyAdminPort, envoy)
	listeners.OnChange(root)
	clusters, managers := []string{}, []string{}
	for _, each := range generated.Contents() {
		cluster := each.(*clusterv3.Cluster)
		name := cluster.AltStatName
		if name == "" {
			name = cluster.Name
		}
		clusters = append(clusters, name)
	}
	for _, each := range listeners.Contents() {
		for _, chain := range each.(*listenerv3.Listener).FilterChains {
			for _, filter := range chain.Filters {
				manager := &hcmv3.HttpConnectionManager{}
				if filter.GetTypedConfig().MessageIs(manager) && filter.GetTypedConfig().UnmarshalTo(manager) == nil {
					managers = append(managers, manager.StatPrefix)
				}
			}
		}
	}
	found := map[string][]string{"clusters": sorted(clusters), "managers": sorted(managers)}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

// As in cmd/contour/serve.go.
func build(config contour_v1alpha1.ContourConfigurationSpec) *dag.DAG {
	logger := logrus.New()
	logger.SetOutput(os.Stderr)
	http, https := config.Envoy.HTTPListener, config.Envoy.HTTPSListener
	builder := dag.Builder{
		Source: dag.KubernetesCache{FieldLogger: logger},
		Processors: []dag.Processor{
			&dag.ListenerProcessor{
				HTTPAddress: http.Address, HTTPPort: http.Port, HTTPSAddress: https.Address, HTTPSPort: https.Port,
			},
			&dag.IngressProcessor{FieldLogger: logger},
			&dag.ExtensionServiceProcessor{FieldLogger: logger},
			&dag.HTTPProxyProcessor{},
		},
	}
	insert(&builder.Source)
	root := builder.Build()
	for _, update := range root.StatusCache.GetProxyUpdates() {
		for _, condition := range update.Conditions {
			for _, problem := range condition.Errors {
				log.Fatalf("HTTPProxy %s: %s", update.Fullname, problem.Message)
			}
		}
	}
	return root
}

func insert(objects *dag.KubernetesCache) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		core_v1.AddToScheme, networking_v1.AddToScheme, contour_v1.AddToScheme, contour_v1alpha1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			log.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	reader := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			log.Fatal(err)
		}
		objects.Insert(object)
	}
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
`;
