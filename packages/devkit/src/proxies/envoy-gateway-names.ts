import { envoyGatewayProgram } from './envoy-gateway.ts';
import { rendered } from './inner-program.ts';
import type { ProxyNames } from './proxy-names.ts';

/** The names in the stats of Envoy Gateway's Envoys, and where their routes send requests. */
export interface EnvoyGatewayNames extends ProxyNames {
  /** The weights of a route's clusters, by the names of both: `httproute/shop/web/rule/0/match/0/*` for an HTTPRoute. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * What Envoy Gateway's own code generates for all Gateways of a GatewayClass, with its default settings and the Backend API. The
 * first call builds its code.
 * @param objects YAML of Kubernetes, of the Gateway API and of Envoy Gateway, with one GatewayClass and at most one EnvoyProxy
 */
export async function envoyGatewayNames(objects: string): Promise<EnvoyGatewayNames> {
  const command = await envoyGatewayProgram('envoy-gateway-names', main);
  return JSON.parse(rendered(command, 'Envoy Gateway', objects)) as EnvoyGatewayNames;
}

const main = `package main

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"slices"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	resourcev3 "github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	discoveryv1 "k8s.io/api/discovery/v1"
	gwapiv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	egv1a1 "github.com/envoyproxy/gateway/api/v1alpha1"
	"github.com/envoyproxy/gateway/internal/gatewayapi"
	"github.com/envoyproxy/gateway/internal/gatewayapi/resource"
	"github.com/envoyproxy/gateway/internal/logging"
	"github.com/envoyproxy/gateway/internal/xds/translator"
)

const namespace = "envoy-gateway-system"

func main() {
	log.SetFlags(0)
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	resources, err := load(text)
	if err != nil {
		log.Fatal(err)
	}
	logger := logging.DefaultLogger(os.Stderr, egv1a1.LogLevelError)
	// As in internal/gatewayapi/runner/runner.go, with extensionApis.enableBackend.
	gateways := &gatewayapi.Translator{
		GatewayControllerName: string(resources.GatewayClass.Spec.ControllerName),
		GatewayClassName:      gwapiv1.ObjectName(resources.GatewayClass.Name),
		MergeGateways:         gatewayapi.IsMergeGatewaysEnabled(resources),
		MergeBackends:         gatewayapi.ResolveMergeBackendsConfig(resources),
		BackendEnabled:        true,
		ControllerNamespace:   namespace,
		Logger:                logger,
	}
	translated, err := gateways.Translate(resources)
	if err != nil {
		log.Fatal(err)
	}
	clusters, managers := []string{}, []string{}
	routes := map[string]map[string]uint32{}
	for _, ir := range translated.XdsIR {
		// As in internal/xds/runner/runner.go.
		proxy := &translator.Translator{ControllerNamespace: namespace, FilterOrder: ir.FilterOrder, Logger: logger}
		table, err := proxy.Translate(ir)
		if err != nil {
			log.Fatal(err)
		}
		for _, each := range table.XdsResources[resourcev3.ClusterType] {
			cluster := each.(*clusterv3.Cluster)
			name := cluster.AltStatName
			if name == "" {
				name = cluster.Name
			}
			clusters = append(clusters, name)
		}
		for _, each := range table.XdsResources[resourcev3.ListenerType] {
			managers = append(managers, managersOf(each.(*listenerv3.Listener))...)
		}
		for _, each := range table.XdsResources[resourcev3.RouteType] {
			for _, host := range each.(*routev3.RouteConfiguration).VirtualHosts {
				for _, route := range host.Routes {
					routes[route.Name] = weightsOf(route.GetRoute())
				}
			}
		}
	}
	found := map[string]any{"clusters": sorted(clusters), "managers": sorted(managers), "routes": routes}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

// Envoy Gateway's loader has no EndpointSlices.
func load(text []byte) (*resource.Resources, error) {
	resources, err := resource.LoadResourcesFromYAMLBytes(text, false, nil)
	if err != nil {
		return nil, err
	}
	return resources, resource.IterYAMLBytes(text, func(document []byte) error {
		slice := &discoveryv1.EndpointSlice{}
		if err := yaml.Unmarshal(document, slice); err != nil {
			return err
		}
		if slice.Kind == "EndpointSlice" {
			resources.EndpointSlices = append(resources.EndpointSlices, slice)
		}
		return nil
	})
}

func managersOf(listener *listenerv3.Listener) []string {
	chains := listener.FilterChains
	if listener.DefaultFilterChain != nil {
		chains = append(chains, listener.DefaultFilterChain)
	}
	found := []string{}
	for _, chain := range chains {
		for _, filter := range chain.Filters {
			manager := &hcmv3.HttpConnectionManager{}
			if filter.GetTypedConfig().MessageIs(manager) && filter.GetTypedConfig().UnmarshalTo(manager) == nil {
				found = append(found, manager.StatPrefix)
			}
		}
	}
	return found
}

func weightsOf(action *routev3.RouteAction) map[string]uint32 {
	weights := map[string]uint32{}
	if name := action.GetCluster(); name != "" {
		weights[name] = 1
	}
	for _, cluster := range action.GetWeightedClusters().GetClusters() {
		weights[cluster.Name] += cluster.GetWeight().GetValue()
	}
	return weights
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
`;
