import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Origin } from './origin.ts';

/** An address in a file of the repository. */
export interface Occurrence {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** The address of a repository of this name, with `.git` or a path of the repository after it. */
const REPOSITORY = /https?:\/\/[\w.:/-]*?\/activescale(?![\w-])/g;
/** The name of an image with a registry. The name alone is what kustomize replaces. */
const IMAGE = /(?<![\w./-])([\w.-]+\.[\w.-]+(?::\d+)?(?:\/[\w.-]+)*)\/activescale-(?:ingest|api|\$service)/g;
/** A part in capitals, such as OWNER, which a reader replaces, or a host of tests. */
const PLACEHOLDER = /\/[A-Z]+\b|\.invalid\b/;

/** The tracked text files of a checkout, by path from its root. */
export function trackedFiles(root: string): string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '' && !/\.(bin|gz)$|^pnpm-lock\.yaml$/.test(path));
}

/** Addresses of this project and of its images that differ from the origin. */
export function foreignAddresses(root: string, { repository, registry }: Origin): Occurrence[] {
  return trackedFiles(root).flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((text, index) => {
        const addresses = [...text.matchAll(REPOSITORY)].map(([address]) => address);
        const registries = [...text.matchAll(IMAGE)].map(([, address = '']) => address);
        const foreign = [
          ...addresses.filter((address) => address !== repository),
          ...registries.filter((address) => address !== registry),
        ].filter((address) => !PLACEHOLDER.test(address));
        return foreign.map((address) => ({ path, line: index + 1, text: address }));
      }),
  );
}

/** A text with every address of one origin replaced by the address of another. */
export function withOrigin(text: string, from: Origin, to: Origin): string {
  return replaceWhole(replaceWhole(text, from.repository, to.repository), from.registry, to.registry);
}

/** Replaces an address where it is not a part of a longer name. */
function replaceWhole(text: string, address: string, by: string): string {
  const escaped = address.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replaceAll(new RegExp(`(?<![\\w.-])${escaped}(?![\\w-]|\\.(?!git\\b)\\w)`, 'g'), () => by);
}
