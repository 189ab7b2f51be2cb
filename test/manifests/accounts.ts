import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from '@activescale/devkit';
import { overlayWith } from './overlays.ts';

/** The kinds that say who may do what. */
const RIGHTS = ['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];

/** A control plane with the accounts of an overlay, and of components on top of it, and their rights, and nothing else. */
export async function startWithAccounts(
  overlay: string,
  options: ControlPlaneOptions = {},
  components: readonly string[] = [],
): Promise<ControlPlane> {
  await using starting = new AsyncDisposableStack();
  const plane = starting.use(await startControlPlane(options));
  for (const object of await overlayWith(overlay, ...components)) {
    if (RIGHTS.includes(object.kind)) await plane.admin.apply(object);
  }
  starting.move();
  return plane;
}

const ACCOUNT = 'system:serviceaccount:activescale:';

/**
 * What an account may do in a namespace, a line for each resource: `kubectl auth can-i --list`, without what every
 * account may.
 */
export async function rightsOf(plane: ControlPlane, account: string, namespace: string): Promise<string[]> {
  const list = async (name: string) => {
    const as = [
      `--as=${ACCOUNT}${name}`,
      '--as-group=system:serviceaccounts',
      '--as-group=system:authenticated',
    ];
    const text = await plane.kubectl('auth', 'can-i', '--list', '--namespace', namespace, ...as);
    const lines = text.trimEnd().split('\n').slice(1);
    return lines.map((line) => line.replaceAll(/ +/g, ' ').trim());
  };
  const everybody = new Set(await list('nobody-in-particular'));
  return (await list(account)).filter((line) => !everybody.has(line)).sort();
}
