import { type KubeClient, KubeError } from '@activescale/kube';
import { ask } from './ask.ts';

export interface KubernetesVersion {
  /** `v1.34.1` */
  readonly text: string;
  /** undefined: the text cannot be read. */
  readonly number: { readonly major: number; readonly minor: number } | undefined;
}

export async function kubernetesVersion(client: KubeClient): Promise<KubernetesVersion> {
  const { gitVersion = '' } = await ask<{ gitVersion?: string }>(client, '/version');
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  const known = major !== undefined && minor !== undefined;
  return { text: gitVersion, number: known ? { major: Number(major), minor: Number(minor) } : undefined };
}

/** undefined: this user may not read it, or it cannot be read. */
export async function kubernetesMinor(client: KubeClient): Promise<number | undefined> {
  try {
    return (await kubernetesVersion(client)).number?.minor;
  } catch (error) {
    if (error instanceof KubeError && error.status === 403) return undefined;
    throw error;
  }
}
