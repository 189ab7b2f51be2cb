import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Gauge, type Registry } from 'prom-client';

/** The build of a running service. */
export interface Build {
  /** From its package.json. */
  readonly version: string;
  /** The commit that it was built from, or `unknown`. */
  readonly commit: string;
  /** The version of Node that runs it. */
  readonly node: string;
}

const UNKNOWN = 'unknown';
/** A hash, a tag or the output of `git describe`: it becomes a label of a metric. */
const COMMIT = /^[\w.+-]{1,64}$/;
const GIT_TIMEOUT_MS = 2_000;

/**
 * An image has its commit in ACTIVESCALE_COMMIT, because it contains neither git nor a repository, and the packed CLI has it
 * in the `gitHead` of its package.json; in a checkout, git is asked.
 * @param folder of the service, with its package.json
 */
export function readBuild(folder: URL, env: Readonly<Record<string, string | undefined>>): Build {
  const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const commit = env.ACTIVESCALE_COMMIT || String(manifest.gitHead ?? '') || commitOfCheckout(folder);
  return {
    version: String(manifest.version),
    commit: COMMIT.test(commit) ? commit : UNKNOWN,
    node: process.version,
  };
}

/** Sets `activescale_build_info`, whose labels are the build; its value is always 1. */
export function exposeBuild(registry: Registry, build: Build): void {
  const gauge = new Gauge({
    name: 'activescale_build_info',
    help: 'Version and commit of the service and version of Node as labels; always 1.',
    labelNames: ['version', 'commit', 'node'],
    registers: [registry],
  });
  gauge.set({ ...build }, 1);
}

function commitOfCheckout(folder: URL): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd: fileURLToPath(folder),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: GIT_TIMEOUT_MS,
    }).trim();
  } catch {
    return UNKNOWN; // no git, or no checkout
  }
}
