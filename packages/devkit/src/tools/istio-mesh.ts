import { VERSIONS } from '../versions.ts';
import { goExecutable } from './go.ts';

const MODULE = 'istio.io/api';
const ISTIO_API = `v${VERSIONS.istioApi}`;

/**
 * A program that reads JSON on stdin as a message of Istio's mesh configuration, whose name is its argument (MeshConfig
 * or ProxyConfig), and fails with the name of any field that this has not. Istio itself lets unknown fields pass, and no
 * CustomResourceDefinition holds them. Built once, in a minute.
 */
export function istioMeshBinary(): Promise<string> {
  return goExecutable({
    name: 'istio-mesh',
    version: ISTIO_API,
    requirements: `require ${MODULE} ${ISTIO_API}`,
    target: '.',
    main,
  });
}

const main = `package main

import (
	"io"
	"log"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	mesh "istio.io/api/mesh/v1alpha1"
)

func main() {
	log.SetFlags(0)
	messages := map[string]proto.Message{"MeshConfig": &mesh.MeshConfig{}, "ProxyConfig": &mesh.ProxyConfig{}}
	message, known := messages[os.Args[1]]
	if !known {
		log.Fatalf("%s is neither MeshConfig nor ProxyConfig", os.Args[1])
	}
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	if err := protojson.Unmarshal(text, message); err != nil {
		log.Fatal(err)
	}
}
`;
