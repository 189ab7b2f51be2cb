import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The program that opens a file as the user's desktop does. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/**
 * Opens a URL in the browser. Not as an argument, which every local user sees in the list of processes, but by a file that only
 * this user can read. The file is removed when the result is disposed of. Without a browser nothing happens.
 */
export function openBrowser(url: string, env: Readonly<Record<string, string | undefined>>): Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'activescale-')); // mode 0700
  const file = join(folder, 'dashboard.html');
  const page = `<!doctype html><meta charset="utf-8"><title>activescale</title><meta http-equiv="refresh" content="0; url=${url}">`;
  writeFileSync(file, page, { mode: 0o600 });
  const [command = 'xdg-open', ...args] = OPENERS[process.platform] ?? [];
  const opener = spawn(command, [...args, file], { env, stdio: 'ignore', detached: true });
  opener.once('error', () => {}); // there is no desktop, and the URL is printed
  opener.unref();
  return { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
