import { dirname } from 'node:path/posix';
import { type DoctorContext, look } from './context.ts';

interface Deployment {
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
        readonly volumes?: readonly Volume[];
      };
    };
  };
}

interface Volume {
  readonly name: string;
  readonly configMap?: Source & { readonly name: string };
  readonly secret?: Source & { readonly secretName: string };
}

interface Source {
  readonly items?: readonly { readonly key: string; readonly path: string }[];
}

/** The ConfigMap or Secret that a file in the container of a Deployment comes from, and the text of its key. */
export interface MountedFile {
  /** `ConfigMap activescale-ca` */
  readonly source: string;
  readonly key: string;
  /** undefined: the object or its key does not exist. */
  readonly text: string | undefined;
}

/**
 * @returns undefined if no volume with a ConfigMap or a Secret is mounted in the folder of the file
 * @throws NotChecked
 */
export async function readMountedFile(
  context: DoctorContext,
  name: string,
  path: string,
): Promise<MountedFile | undefined> {
  const namespace = encodeURIComponent(context.installNamespace);
  const deployment = await look<Deployment>(
    context,
    `/apis/apps/v1/namespaces/${namespace}/deployments/${encodeURIComponent(name)}`,
  );
  const { containers = [], volumes = [] } = deployment?.spec.template.spec ?? {};
  const mount = containers
    .flatMap(({ volumeMounts = [] }) => volumeMounts)
    .find(({ mountPath }) => mountPath === dirname(path));
  const volume = volumes.find((each) => each.name === mount?.name);
  const source = volume?.configMap ?? volume?.secret;
  if (volume === undefined || source === undefined) return undefined;
  const file = path.slice(dirname(path).length + 1);
  const key = source.items?.find((item) => item.path === file)?.key ?? file;
  const [kind, object] = volume.configMap
    ? ['configmaps', volume.configMap.name]
    : ['secrets', volume.secret?.secretName ?? ''];
  const { data = {} } =
    (await look<{ data?: Readonly<Record<string, string>> }>(
      context,
      `/api/v1/namespaces/${namespace}/${kind}/${encodeURIComponent(object)}`,
    )) ?? {};
  const value = data[key];
  const text = value !== undefined && kind === 'secrets' ? Buffer.from(value, 'base64').toString() : value;
  return { source: `${kind === 'secrets' ? 'Secret' : 'ConfigMap'} ${object}`, key, text };
}
