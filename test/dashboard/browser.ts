import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { until } from '@activescale/devkit';
import { type Browser, launch, type Page } from 'puppeteer-core';

const ARTIFACTS = join(import.meta.dirname, '../../artifacts/dashboard');
const IN_PAGE = readFileSync(join(import.meta.dirname, 'in-page.js'), 'utf8');
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const WIDTH = 1280;
const HEIGHT = 900;

/** A page, and what must not happen on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors on the console, exceptions, and requests to anything but the dashboard. */
  readonly faults: string[];
}

/** CHROMIUM, or the one on PATH. @throws Error that says how to get it */
function chromiumPath(): string {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM !== undefined) return CHROMIUM;
  const all = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = all.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error('Chromium is missing: apt-get install chromium, or set CHROMIUM to its path');
  return found;
}

/** A headless Chromium of Debian, whose sandbox a container without user namespaces does not permit. */
export function startBrowser(): Promise<Browser> {
  return launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Opens a URL of the dashboard. */
export async function openPage(browser: Browser, url: string): Promise<WatchedPage> {
  const page = await browser.newPage();
  const faults: string[] = [];
  const { origin } = new URL(url);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // The server is stopped on purpose in one test; Chromium reports the failed connection itself.
    const isConnection = message.text().includes('net::ERR_');
    if (['error', 'warn'].includes(message.type()) && !isConnection) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) faults.push(`request to ${request.url()}`);
  });
  await page.setViewport({ width: WIDTH, height: HEIGHT });
  await page.evaluateOnNewDocument(IN_PAGE);
  await page.goto(url);
  return { page, faults };
}

/** Keeps what the page shows, in light and dark, for a person to look at. */
export async function capture(page: Page, name: string): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true });
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.screenshot({ path: join(ARTIFACTS, `${name}-${scheme}.png`), fullPage: true });
  }
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
}

/** Waits until a text is on the page. */
export async function seen(page: Page, text: string | RegExp, deadline = 15_000): Promise<void> {
  const has = async () => {
    const shown = await textOf(page);
    if (typeof text === 'string' ? shown.includes(text) : text.test(shown)) return true;
    throw new Error(`the page shows\n${shown}`);
  };
  await until(has, { what: `${text} on the page`, deadline, every: 100 });
}

/** Waits until a text is gone. */
export async function gone(page: Page, text: string, deadline = 15_000): Promise<void> {
  const isGone = async () => !(await textOf(page)).includes(text);
  await until(isGone, { what: `${text} to leave the page`, deadline, every: 100 });
}

/** The visible text. */
function textOf(page: Page): Promise<string> {
  return page.evaluate('shown.text()') as Promise<string>;
}
