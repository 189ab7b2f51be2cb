import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeOnce } from '../tools/cache.ts';
import { ENVOY_GATEWAY } from '../tools/crds.ts';
import { go } from '../tools/go.ts';
import { goModule } from '../tools/go-module.ts';
import { run } from '../tools/run.ts';

/**
 * The bootstrap, as YAML, that Envoy Gateway renders for the Envoys of an EnvoyProxy, with its own defaults. The first
 * call builds its code, in 10 minutes on 2 cores.
 * @param envoyProxy YAML
 * @throws if Envoy Gateway refuses the EnvoyProxy
 */
export async function envoyGatewayBootstrap(envoyProxy: string): Promise<string> {
  const { status, stdout, stderr } = spawnSync(await renderer(), {
    input: envoyProxy,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`Envoy Gateway refuses the EnvoyProxy: ${stderr}`);
  return stdout;
}

/**
 * The package that renders is internal, so only a package of the same module may import it. One is added to a copy of the
 * module, because Go's module cache is read-only.
 */
async function renderer(): Promise<string> {
  const { module, version } = ENVOY_GATEWAY;
  const name = 'envoy-gateway-bootstrap';
  const folder = await makeOnce(`${name}-${version}`, async (into) => {
    process.stderr.write(`building ${name} ${version}, once: 10 minutes\n`);
    const released = await goModule(module, version);
    const copy = join(into, 'module');
    for (const part of ['api', 'internal', 'go.mod', 'go.sum'])
      await cp(join(released, part), join(copy, part), { recursive: true });
    await run('chmod', ['-R', 'u+w', copy]);
    await mkdir(join(copy, 'cmd', name), { recursive: true });
    await writeFile(join(copy, 'cmd', name, 'main.go'), main);
    const flags = ['-buildvcs=false', '-trimpath', '-ldflags', '-s -w'];
    await run(await go(), ['build', ...flags, '-o', join(into, name), `./cmd/${name}`], {
      cwd: copy,
      env: { CGO_ENABLED: '0', GOFLAGS: '' },
    });
    await rm(copy, { recursive: true });
  });
  return join(folder, name);
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
