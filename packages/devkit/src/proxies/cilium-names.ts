import { innerProgram, rendered } from './inner-program.ts';
import type { ProxyNames } from './proxy-names.ts';

const CILIUM = { module: 'github.com/cilium/cilium', version: 'v1.20.2' };
/** Cilium requires a version that Go's module proxy lacks. Its code uses the name of one annotation of it. */
const CONTROLLERS = 'sigs.k8s.io/mcs-api/controllers';
const edits = [`-replace=${CONTROLLERS}=${CONTROLLERS}@v0.0.0-20260403094305-4b9911b73f14`];

/**
 * The names of clusters and connection managers that Cilium's own code generates: its operator makes CiliumEnvoyConfigs of the
 * objects, and its agent makes the configuration of an Envoy of these. The first call builds that code.
 * @param objects YAML of Services, Gateways, HTTPRoutes, GRPCRoutes, ReferenceGrants, Ingresses and CiliumEnvoyConfigs
 */
export async function ciliumNames(objects: string): Promise<ProxyNames> {
  const files = { 'pkg/ciliumenvoyconfig/new_parser.go': parser };
  const command = await innerProgram({ ...CILIUM, name: 'cilium-names', main, files, edits });
  return JSON.parse(rendered(command, 'Cilium', objects)) as ProxyNames;
}

const parser = `package ciliumenvoyconfig

import "log/slog"

// NewParser is for a program that has no agent.
func NewParser(logger *slog.Logger, ports PortAllocator) *CECResourceParser {
	return &CECResourceParser{logger: logger, portAllocator: ports}
}
`;

const main = `package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"

	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/cilium/cilium/operator/pkg/ingress/annotations"
	"github.com/cilium/cilium/operator/pkg/model"
	"github.com/cilium/cilium/operator/pkg/model/ingestion"
	"github.com/cilium/cilium/operator/pkg/model/translation"
	gatewayapi "github.com/cilium/cilium/operator/pkg/model/translation/gateway-api"
	"github.com/cilium/cilium/operator/pkg/model/translation/ingress"
	"github.com/cilium/cilium/pkg/ciliumenvoyconfig"
	ciliumv2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
)

type objects struct {
	gateways   []gatewayv1.Gateway
	httpRoutes []gatewayv1.HTTPRoute
	grpcRoutes []gatewayv1.GRPCRoute
	grants     []gatewayv1.ReferenceGrant
	ingresses  []networkingv1.Ingress
	services   []corev1.Service
	configs    []*ciliumv2.CiliumEnvoyConfig
}

var logger = slog.New(slog.NewTextHandler(os.Stderr, nil))

func main() {
	log.SetFlags(0)
	given := load()
	clusters, managers := []string{}, []string{}
	parser := ciliumenvoyconfig.NewParser(logger, ports{})
	for _, config := range append(given.configs, operated(given)...) {
		resources, err := parser.ParseResources(config.Namespace, config.Name, config.Spec.Resources, true, false, false, true)
		if err != nil {
			log.Fatal(err)
		}
		for _, cluster := range resources.Clusters {
			name := cluster.AltStatName
			if name == "" {
				name = cluster.Name
			}
			clusters = append(clusters, name)
		}
		for _, listener := range resources.Listeners {
			for _, chain := range listener.FilterChains {
				for _, filter := range chain.Filters {
					manager := &hcmv3.HttpConnectionManager{}
					if filter.GetTypedConfig().MessageIs(manager) && filter.GetTypedConfig().UnmarshalTo(manager) == nil {
						managers = append(managers, manager.StatPrefix)
					}
				}
			}
		}
	}
	found := map[string][]string{"clusters": sorted(clusters), "managers": sorted(managers)}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		log.Fatal(err)
	}
}

// As in operator/pkg/gateway-api and operator/pkg/ingress.
func operated(given objects) []*ciliumv2.CiliumEnvoyConfig {
	settings := translation.Config{SecretsNamespace: "cilium-secrets", IPConfig: translation.IPConfig{IPv4Enabled: true}}
	configs := translation.NewCECTranslator(settings)
	gateways := gatewayapi.NewTranslator(configs, settings)
	ingresses := ingress.NewDedicatedIngressTranslator(logger, configs, false)
	made := []*ciliumv2.CiliumEnvoyConfig{}
	add := func(config *ciliumv2.CiliumEnvoyConfig, err error) {
		if err != nil {
			log.Fatal(err)
		}
		made = append(made, config)
	}
	for _, gateway := range given.gateways {
		config, _, _, err := gateways.Translate(gatewayModel(gateway, given))
		add(config, err)
	}
	for _, service := range given.services {
		listeners := ingestion.GammaHTTPRoutes(logger, ingestion.GammaInput{
			HTTPRoutes: given.httpRoutes, GRPCRoutes: given.grpcRoutes, ReferenceGrants: given.grants, Services: given.services,
		})
		of := slices.DeleteFunc(listeners, func(listener model.HTTPListener) bool {
			source := listener.Sources[0]
			return source.Namespace != service.Namespace || source.Name != service.Name
		})
		if len(of) > 0 {
			config, _, _, err := gateways.Translate(&model.Model{HTTP: of})
			add(config, err)
		}
	}
	shared := &model.Model{}
	for _, each := range given.ingresses {
		listeners := ingestion.Ingress(logger, each, "", "", true, 80, 443, 0)
		if annotations.GetAnnotationIngressLoadbalancerMode(&each) == "shared" {
			shared.HTTP = append(shared.HTTP, listeners...)
			continue
		}
		config, _, _, err := ingresses.Translate(&model.Model{HTTP: listeners})
		add(config, err)
	}
	add(configs.Translate("kube-system", "cilium-ingress", shared))
	return made
}

func gatewayModel(gateway gatewayv1.Gateway, given objects) *model.Model {
	version := gatewayv1.GroupVersion
	source := model.FullyQualifiedResource{
		Name: gateway.Name, Namespace: gateway.Namespace, Group: version.Group, Version: version.Version, Kind: "Gateway",
	}
	listeners := []ingestion.ListenerWithContext{}
	for _, listener := range gateway.Spec.Listeners {
		listeners = append(listeners, ingestion.ListenerWithContext{Listener: listener, Source: source})
	}
	return ingestion.GatewayAPI(logger, ingestion.Input{
		Gateway: gateway, HTTPRoutes: given.httpRoutes, GRPCRoutes: given.grpcRoutes, ReferenceGrants: given.grants,
		Services: given.services, MergedListeners: listeners,
	})
}

func load() objects {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, networkingv1.AddToScheme, gatewayv1.Install, ciliumv2.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			log.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	reader := yaml.NewYAMLReader(bufio.NewReader(os.Stdin))
	given := objects{}
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return given
		}
		if err != nil {
			log.Fatal(err)
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			log.Fatal(err)
		}
		switch each := object.(type) {
		case *gatewayv1.Gateway:
			given.gateways = append(given.gateways, *each)
		case *gatewayv1.HTTPRoute:
			given.httpRoutes = append(given.httpRoutes, *each)
		case *gatewayv1.GRPCRoute:
			given.grpcRoutes = append(given.grpcRoutes, *each)
		case *gatewayv1.ReferenceGrant:
			given.grants = append(given.grants, *each)
		case *networkingv1.Ingress:
			given.ingresses = append(given.ingresses, *each)
		case *corev1.Service:
			given.services = append(given.services, *each)
		case *ciliumv2.CiliumEnvoyConfig:
			given.configs = append(given.configs, each)
		default:
			log.Fatalf("%T is not read", each)
		}
	}
}

// No port is opened.
type ports struct{}

func (ports) AllocateCRDProxyPort(string) (uint16, error)             { return 1, nil }
func (ports) ReallocateCRDProxyPort(string) (uint16, error)           { return 1, nil }
func (ports) AckProxyPortWithReference(context.Context, string) error { return nil }
func (ports) ReleaseProxyPort(string) error                           { return nil }

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
`;
