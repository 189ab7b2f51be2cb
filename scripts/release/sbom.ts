import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT, readOrigin } from './origin.ts';

const run = promisify(execFile);
/** Of pnpm's output: 200 KB for api. */
const MAX_BYTES = 1 << 26;

interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo: string;
}

/** The parts of a document that are changed here (https://spdx.github.io/spdx-spec/v2.3/). */
interface SpdxDocument {
  readonly documentNamespace: string;
  readonly creationInfo: { readonly created: string };
  readonly packages: readonly SpdxPackage[];
  readonly relationships: readonly {
    readonly spdxElementId: string;
    readonly relatedSpdxElement: string;
  }[];
}

export interface SbomOptions {
  /** The name of a package of the workspace, such as `@activescale/api`. */
  readonly product: string;
  /** The time of the commit: a document must not depend on when it was made. */
  readonly created: Date;
  /** The packages of others that are shipped, as `NAME@VERSION`; without it all that the product needs at run time. */
  readonly shipped?: ReadonlySet<string>;
}

/** The software bill of materials of a product, as SPDX 2.3 in JSON. */
export async function spdxOf({ product, created, shipped }: SbomOptions): Promise<SpdxDocument> {
  const { packageManager, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const pnpm = ['--yes', '--prefer-offline', `--package=${packageManager}`, '--', 'pnpm'];
  const sbom = ['sbom', '--sbom-format', 'spdx', '--sbom-type', 'application', '--prod', '--no-optional'];
  const { stdout } = await run('npx', [...pnpm, '--filter', product, ...sbom], {
    cwd: ROOT,
    maxBuffer: MAX_BYTES,
  });
  const document: SpdxDocument = JSON.parse(stdout);
  const packages = document.packages.filter(
    ({ name, versionInfo }) =>
      shipped === undefined || name.startsWith('@activescale/') || shipped.has(`${name}@${versionInfo}`),
  );
  return {
    ...document,
    documentNamespace: `${readOrigin().repository}/spdx/${product}-${version}-${created.getTime()}`,
    creationInfo: { ...document.creationInfo, created: created.toISOString().replace(/\.\d+Z$/, 'Z') },
    ...inOrder(packages, document.relationships),
  };
}

/**
 * pnpm lists packages in no certain order, and numbers them in that order: here they are sorted, with identifiers from their
 * names. Relationships of packages that are not listed are dropped.
 */
function inOrder(
  packages: SpdxDocument['packages'],
  relationships: SpdxDocument['relationships'],
): Pick<SpdxDocument, 'packages' | 'relationships'> {
  const ids = new Map([['SPDXRef-DOCUMENT', 'SPDXRef-DOCUMENT']]);
  for (const { SPDXID, name, versionInfo } of packages)
    ids.set(SPDXID, `SPDXRef-Package-${`${name}-${versionInfo}`.replaceAll(/[^\w.-]|_/g, '-')}`);
  const renamed = relationships.flatMap(({ spdxElementId, relatedSpdxElement, ...rest }) => {
    const [from, to] = [ids.get(spdxElementId), ids.get(relatedSpdxElement)];
    return from === undefined || to === undefined
      ? []
      : [{ ...rest, spdxElementId: from, relatedSpdxElement: to }];
  });
  const idOf = ({ SPDXID }: SpdxPackage): string => ids.get(SPDXID) ?? SPDXID;
  return {
    packages: packages
      .map((each) => ({ ...each, SPDXID: idOf(each) }))
      .sort((one, other) => compare(one.SPDXID, other.SPDXID)),
    relationships: renamed.sort((one, other) => compare(JSON.stringify(one), JSON.stringify(other))),
  };
}

/** By code units, whatever the locale is. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
