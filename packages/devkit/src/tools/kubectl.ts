import { kubectlBinary } from './control-plane-binaries.ts';
import { run } from './run.ts';

/** Runs kubectl without a cluster, as for `kubectl kustomize`, and gives its stdout. */
export async function kubectl(...args: readonly string[]): Promise<string> {
  return run(await kubectlBinary(), args);
}
