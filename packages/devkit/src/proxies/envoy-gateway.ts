import { ENVOY_GATEWAY } from '../tools/crds.ts';
import { innerProgram, rendered } from './inner-program.ts';

/**
 * The bootstrap, as YAML, that Envoy Gateway renders for the Envoys of an EnvoyProxy, with its own defaults. The first
 * call builds its code.
 * @param envoyProxy YAML
 * @throws if Envoy Gateway refuses the EnvoyProxy
 */
export async function envoyGatewayBootstrap(envoyProxy: string): Promise<string> {
  const command = await envoyGatewayProgram('envoy-gateway-bootstrap', main);
  return rendered(command, 'Envoy Gateway', envoyProxy);
}

/** A program that is built with Envoy Gateway's code. @param main its text in Go */
export function envoyGatewayProgram(name: string, main: string): Promise<string> {
  return innerProgram({ ...ENVOY_GATEWAY, name, main });
}

const main = `package main

import (
	"fmt"
	"io"
	"log"
	"os"

	egv1a1 "github.com/envoyproxy/gateway/api/v1alpha1"
	"github.com/envoyproxy/gateway/internal/xds/bootstrap"
	"sigs.k8s.io/yaml"
)

func main() {
	log.SetFlags(0)
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	var proxy egv1a1.EnvoyProxy
	if err := yaml.UnmarshalStrict(text, &proxy); err != nil {
		log.Fatal(err)
	}
	if err := bootstrap.Validate(proxy.Spec.Bootstrap); err != nil {
		log.Fatal(err)
	}
	options := &bootstrap.RenderBootstrapConfigOptions{}
	if proxy.Spec.Telemetry != nil {
		options.ProxyMetrics = proxy.Spec.Telemetry.Metrics
	}
	rendered, err := bootstrap.GetRenderedBootstrapConfig(options)
	if err != nil {
		log.Fatal(err)
	}
	if proxy.Spec.Bootstrap != nil {
		if rendered, err = bootstrap.ApplyBootstrapConfig(proxy.Spec.Bootstrap, rendered); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Print(rendered)
}
`;
