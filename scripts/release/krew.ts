import { stringify } from 'yaml';
import type { Origin } from './origin.ts';

/** The packed CLI in a release. */
export interface PackedRelease {
  readonly version: string;
  /** The name of the file in the release. */
  readonly file: string;
  readonly sha256: string;
}

/**
 * The manifest of the kubectl plugin for krew (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/). Windows is
 * missing: there, krew starts only programs of Windows.
 */
export function krewManifest({ repository }: Origin, { version, file, sha256 }: PackedRelease): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'activescale' },
    spec: {
      version: `v${version}`,
      homepage: repository,
      shortDescription: 'Explain HPAs that scale by requests, and find faults',
      description: [
        'Explains why a HorizontalPodAutoscaler that scales by activescale has its',
        'number of replicas, and finds faults between the proxies and the HPA.',
        'It is read-only.\n',
      ].join('\n'),
      caveats: 'It needs Node 20 or newer.\n',
      platforms: [
        {
          selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['linux', 'darwin'] }] },
          uri: `${repository}/releases/download/v${version}/${file}`,
          sha256,
          files: [{ from: 'package/*', to: '.' }],
          bin: 'lib/main.js',
        },
      ],
    },
  });
}
