import { type Process, start } from '@activescale/devkit';

export interface ImageConfig {
  readonly Env: readonly string[];
  readonly Cmd: readonly string[];
  readonly User: string;
  readonly WorkingDir: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** Makes the root read-only, with nothing but /proc in it that is not the image's, and then becomes the command. */
const confine = `set -e
root=$1 user=$2 folder=$3
shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$0" && exec env -i "$@"' "$folder" "$@"`;

/** The process of an image as Kubernetes would start it: its user, its environment, a read-only root. */
export function startConfined(
  root: string,
  config: ImageConfig,
  env: Readonly<Record<string, string>>,
): Process {
  const { User, WorkingDir, Env, Cmd } = config;
  const added = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const inside = ['/bin/sh', '-c', confine, 'confine', root, User, WorkingDir, ...Env, ...added, ...Cmd];
  return start({
    command: 'unshare',
    // No process between: signals reach the service.
    args: ['--mount', ...inside],
  });
}
