import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** Where this project is published. */
export interface Origin {
  /** The address of the repository, without `.git`. */
  readonly repository: string;
  /** Where the images and the chart are: host and path, without a slash at the end. */
  readonly registry: string;
}

/** By the reference grammar of the distribution specification: lower case only. */
const REGISTRY = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const REPOSITORY = /^https:\/\/[\w.-]+(:\d+)?(\/[\w.-]+)*\/activescale$/;

/** @throws Error if release.json is no Origin */
export function readOrigin(root = ROOT): Origin {
  return checkOrigin(JSON.parse(readFileSync(join(root, 'release.json'), 'utf8')));
}

/** @throws Error that names the invalid field */
export function checkOrigin({ repository, registry }: Partial<Origin>): Origin {
  if (repository === undefined || !REPOSITORY.test(repository))
    throw new Error(`repository ${JSON.stringify(repository)}: expected https://HOST/OWNER/activescale`);
  if (registry === undefined || !REGISTRY.test(registry))
    throw new Error(`registry ${JSON.stringify(registry)}: expected HOST/PATH in lower case`);
  return { repository, registry };
}

/** Whether it is impossible to publish there: `example` is reserved (https://www.rfc-editor.org/rfc/rfc2606#section-2). */
export function isPlaceholder({ repository, registry }: Origin): boolean {
  const hosts = [new URL(repository).hostname, new URL(`https://${registry}`).hostname];
  return hosts.some((host) => host.endsWith('.example'));
}
