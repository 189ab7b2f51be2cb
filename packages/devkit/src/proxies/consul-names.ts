import { goExecutable } from '../tools/go.ts';
import { rendered } from './inner-program.ts';
import type { ProxyNames } from './proxy-names.ts';

const CONSUL = { module: 'github.com/hashicorp/consul', version: 'v1.22.7' };

/** A mesh of Consul. */
export interface ConsulMesh {
  /** Config entries (https://developer.hashicorp.com/consul/docs/connect/config-entries), with at most one API gateway. */
  readonly entries: readonly object[];
  /** The upstreams of a sidecar, as in its registration. */
  readonly upstreams: readonly object[];
  /** Services in namespaces and partitions: only Consul Enterprise has others than `default`. */
  readonly enterprise: readonly object[];
}

/** The names in the stats of Consul's proxies, by kind. `enterprise` has only names of clusters. */
export interface ConsulNames {
  readonly sidecar: ProxyNames;
  readonly apiGateway: ProxyNames;
  /** Of a mesh gateway that serves peers, with the services of Consul's own tests: `db`, `alt` and `api`. */
  readonly meshGateway: ProxyNames;
  readonly enterprise: ProxyNames;
}

/** What Consul's own code generates for the proxies of a mesh in the datacenter `dc1`. The first call builds that code. */
export async function consulNames(mesh: ConsulMesh): Promise<ConsulNames> {
  const { module, version } = CONSUL;
  const requirements = `require ${module} ${version}`;
  const command = await goExecutable({ name: 'consul-names', version, requirements, target: '.', main });
  return JSON.parse(rendered(command, 'Consul', JSON.stringify(mesh))) as ConsulNames;
}

const main = `package main

import (
	"encoding/json"
	"io"
	"log"
	"net"
	"os"
	"slices"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"github.com/hashicorp/go-hclog"
	"github.com/mitchellh/go-testing-interface"

	"github.com/hashicorp/consul/agent/configentry"
	"github.com/hashicorp/consul/agent/connect"
	"github.com/hashicorp/consul/agent/consul/discoverychain"
	"github.com/hashicorp/consul/agent/netutil"
	"github.com/hashicorp/consul/agent/proxycfg"
	"github.com/hashicorp/consul/agent/structs"
	"github.com/hashicorp/consul/agent/xds"
	"github.com/hashicorp/consul/envoyextensions/xdscommon"
)

const trustDomain = connect.TestClusterID + ".consul"

type request struct {
	Entries    []map[string]any
	Upstreams  structs.Upstreams
	Enterprise []struct{ Service, Subset, Namespace, Partition string }
}

type catalog struct {
	entries []structs.ConfigEntry
	chains  *configentry.DiscoveryChainSet
}

func main() {
	log.SetFlags(0)
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	var asked request
	if err := json.Unmarshal(text, &asked); err != nil {
		log.Fatal(err)
	}
	// As the agent does when it starts (agent/agent.go): the address decides between IPv4 and IPv6.
	netutil.SetAgentBindAddr(&net.IPAddr{IP: net.IPv4zero})
	t := &testing.RuntimeT{}
	known := read(asked.Entries)
	enterprise := []string{}
	for _, each := range asked.Enterprise {
		enterprise = append(enterprise,
			connect.ServiceSNI(each.Service, each.Subset, each.Namespace, each.Partition, "dc1", trustDomain))
	}
	found := map[string]any{
		"sidecar":    namesOf(sidecar(t, asked.Upstreams, known)),
		"apiGateway": namesOf(apiGateway(t, known)),
		// With services of Consul's own tests.
		"meshGateway": namesOf(proxycfg.TestConfigSnapshotPeeredMeshGateway(t, "chain-and-l7-stuff", nil, nil)),
		"enterprise":  map[string][]string{"clusters": sorted(enterprise), "managers": {}},
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

func read(texts []map[string]any) catalog {
	known := catalog{chains: configentry.NewDiscoveryChainSet()}
	for _, text := range texts {
		entry, err := structs.DecodeConfigEntry(text)
		if err != nil {
			log.Fatal(err)
		}
		if err := entry.Normalize(); err != nil {
			log.Fatal(err)
		}
		if err := entry.Validate(); err != nil {
			log.Fatalf("%s %s: %s", entry.GetKind(), entry.GetName(), err)
		}
		switch entry.GetKind() {
		case structs.APIGateway, structs.HTTPRoute:
			known.entries = append(known.entries, entry)
		default:
			known.chains.AddEntries(entry)
		}
	}
	return known
}

// As in agent/proxycfg/connect_proxy.go.
func sidecar(t testing.T, upstreams structs.Upstreams, known catalog) *proxycfg.ConfigSnapshot {
	updates := []proxycfg.UpdateEvent{}
	for i := range upstreams {
		upstream := &upstreams[i]
		if upstream.DestinationType == structs.UpstreamDestTypePreparedQuery {
			continue
		}
		updates = append(updates, chainOf(proxycfg.NewUpstreamID(upstream), upstream.DestinationName, known, upstream))
	}
	return proxycfg.TestConfigSnapshot(t, func(proxy *structs.NodeService) { proxy.Proxy.Upstreams = upstreams }, updates)
}

func apiGateway(t testing.T, known catalog) *proxycfg.ConfigSnapshot {
	routes := []structs.BoundRoute{}
	updates := []proxycfg.UpdateEvent{}
	references := []structs.ResourceReference{}
	gateway := &structs.APIGatewayConfigEntry{}
	for _, each := range known.entries {
		switch entry := each.(type) {
		case *structs.APIGatewayConfigEntry:
			gateway = entry
		case *structs.HTTPRouteConfigEntry:
			routes = append(routes, entry)
			references = append(references, structs.ResourceReference{Kind: entry.Kind, Name: entry.Name})
			for _, service := range entry.GetServiceNames() {
				uid := proxycfg.NewUpstreamIDFromServiceName(service)
				updates = append(updates, chainOf(uid, service.Name, known, &structs.Upstream{}))
			}
		}
	}
	bind := func(entry *structs.APIGatewayConfigEntry, bound *structs.BoundAPIGatewayConfigEntry) {
		*entry = *gateway
		for _, listener := range gateway.Listeners {
			bound.Listeners = append(bound.Listeners,
				structs.BoundAPIGatewayListener{Name: listener.Name, Routes: references})
		}
	}
	return proxycfg.TestConfigSnapshotAPIGateway(t, "default", nil, bind, routes, nil, updates)
}

func chainOf(uid proxycfg.UpstreamID, service string, known catalog, upstream *structs.Upstream) proxycfg.UpdateEvent {
	config, err := structs.ParseUpstreamConfigNoDefaults(upstream.Config)
	if err != nil {
		log.Fatal(err)
	}
	chain, err := discoverychain.Compile(discoverychain.CompileRequest{
		ServiceName:            service,
		EvaluateInNamespace:    "default",
		EvaluateInPartition:    "default",
		EvaluateInDatacenter:   "dc1",
		EvaluateInTrustDomain:  trustDomain,
		OverrideMeshGateway:    upstream.MeshGateway,
		OverrideProtocol:       config.Protocol,
		OverrideConnectTimeout: time.Duration(config.ConnectTimeoutMs) * time.Millisecond,
		Entries:                known.chains,
	})
	if err != nil {
		log.Fatal(err)
	}
	return proxycfg.UpdateEvent{
		CorrelationID: "discovery-chain:" + uid.String(),
		Result:        &structs.DiscoveryChainResponse{Chain: chain},
	}
}

func namesOf(snapshot *proxycfg.ConfigSnapshot) map[string][]string {
	generated, err := xds.NewResourceGenerator(hclog.NewNullLogger(), nil, true).AllResourcesFromSnapshot(snapshot)
	if err != nil {
		log.Fatal(err)
	}
	clusters, managers := []string{}, []string{}
	for _, each := range generated[xdscommon.ClusterType] {
		cluster := each.(*clusterv3.Cluster)
		name := cluster.AltStatName
		if name == "" {
			name = cluster.Name
		}
		clusters = append(clusters, name)
	}
	for _, each := range generated[xdscommon.ListenerType] {
		for _, chain := range each.(*listenerv3.Listener).FilterChains {
			for _, filter := range chain.Filters {
				manager := &hcmv3.HttpConnectionManager{}
				if filter.GetTypedConfig().MessageIs(manager) && filter.GetTypedConfig().UnmarshalTo(manager) == nil {
					managers = append(managers, manager.StatPrefix)
				}
			}
		}
	}
	return map[string][]string{"clusters": sorted(clusters), "managers": sorted(managers)}
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
`;
