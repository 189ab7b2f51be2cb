/** What CHANGELOG.md says about a release. */
export interface ReleaseNotes {
  /** As in the heading: a date, or `not released yet`. */
  readonly released: string;
  /** Markdown, without the heading. */
  readonly text: string;
}

/** @throws Error if the changelog has no section with text for the version */
export function releaseNotes(changelog: string, version: string): ReleaseNotes {
  for (const section of changelog.split(/^## /m).slice(1)) {
    const [heading = ''] = section.split('\n', 1);
    const [, found, released = ''] = /^(\S+) \((.+)\)$/.exec(heading) ?? [];
    if (found !== version) continue;
    const text = section.slice(heading.length).trim();
    if (text === '') throw new Error(`CHANGELOG.md: the section ${version} is empty`);
    return { released, text: `${text}\n` };
  }
  throw new Error(`CHANGELOG.md has no section "## ${version} (DATE)"`);
}
