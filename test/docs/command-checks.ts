import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { helm, startApi, startIngest } from '@activescale/devkit';
import { root } from '../manifests/overlays.ts';
import type { Installed } from './installed.ts';
import type { Shell } from './shell.ts';

/** A cluster with everything that the documents speak of. */
export interface Bench {
  readonly shell: Shell;
  readonly installed: Installed;
}

/** A sort of command, and how it is tried. */
interface Check {
  readonly pattern: RegExp;
  /** Rejects where it would not work. */
  readonly run: (text: string, bench: Bench, match: RegExpExecArray) => Promise<unknown>;
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  packageManager: string;
  scripts: Record<string, string>;
};

/** The first that fits is the one. */
export const CHECKS: readonly Check[] = [
  {
    // By test/docs/newcomer.test.ts, in a new folder.
    pattern: /^(git clone https:\/\/\S+\/activescale\.git|cd activescale)$/,
    run: async () => {},
  },
  {
    // By test/e2e/cli/doctor.test.ts, which has a system for them to look at, and completion.test.ts of the CLI.
    pattern: /^(activescale |source <\(activescale completion bash\)$|export VALKEY_ADDR=)/,
    run: async () => {},
  },
  {
    // By test/release/cli.test.ts, into an empty folder.
    pattern: /^npm install --global dist\/activescale-cli-\*\.tgz$/,
    run: async () => {},
  },
  {
    // The rest needs a published release.
    pattern: /^(?:cosign|gh attestation|sha256sum) .*?(?:workflows\/(\S+)@|$)/,
    run: async (_, _bench, [, workflow]) =>
      assert.ok(workflow === undefined || existsSync(join(root, '.github/workflows', workflow))),
  },
  {
    // By test/structure/origin.test.ts.
    pattern: /^npm run origin -- --repository https:\/\/HOST\/OWNER\/activescale --registry HOST\/PATH$/,
    run: async () => {},
  },
  {
    pattern: /^npm (?:run )?([\w:-]+)$/,
    run: async (_, _bench, [, script = '']) => assert.ok(manifest.scripts[script], `no script ${script}`),
  },
  {
    pattern: /^npx --yes --package=(\S+) -- pnpm install --frozen-lockfile$/,
    run: async (_, _bench, [, version]) => assert.equal(version, manifest.packageManager),
  },
  {
    pattern: /^export PATH="\$PWD\/node_modules\/\.bin:\$PATH"/,
    run: async () => assert.ok(existsSync(join(root, 'node_modules/.bin/node'))),
  },
  {
    pattern: /^((?:\w+=\S+ )*)node services\/(ingest|api)\/src\/main\.ts$/,
    run: (_, { installed }, [, settings = '', service]) => starts(settings, service, installed),
  },
  { pattern: /docker buildx build/, run: (text, { shell }) => builds(text, shell) },
  {
    pattern: /^valkey-cli /,
    run: async (text, { shell, installed }) => {
      const words = (await shell.run(text.replace(/^valkey-cli/, `printf '%s\\n'`))).trimEnd().split('\n');
      assert.equal(await valkeySays(installed.valkey.port, words), '+OK');
    },
  },
  {
    // Fetched without curl, which the machine need not have.
    pattern: /^curl '?(http:\/\/[^' ]+)'?$/,
    run: async (_, { installed }, [, url = '']) => {
      const { ok, status } = await fetch(onFreePorts(url, installed));
      assert.ok(ok, `${url}: ${status}`);
    },
  },
  {
    pattern: /^curl --insecure --header "Authorization: Bearer \$\((.+?)\)" \\\n\s+'(https:[^']+)'$/,
    run: async (_, { shell, installed }, [, tokenCommand = '', url = '']) => {
      const token = (await shell.run(tokenCommand)).trim();
      assert.equal(await statusOf(onFreePorts(url, installed), token), 200);
    },
  },
  {
    // Without a kubelet logs are empty; what is sought in them has to be what a service says.
    pattern: /^(kubectl logs .+?)( \| grep (.+))?$/,
    run: async (_, { shell }, [, logs = '', , sought = '']) => {
      await shell.run(logs);
      for (const [, phrase = ''] of sought.matchAll(/'([^']+)'/g)) assert.ok(isLogged(phrase), phrase);
    },
  },
  {
    // On a file that the command before it has written.
    pattern: /^sed -i /,
    run: (text, { shell }) => shell.run(text),
  },
  // What a kubelet or metrics-server would have to answer: kube-apiserver takes the command, and has none to ask.
  {
    pattern: /^kubectl (exec|port-forward) /,
    run: (text, { shell }) => fails(shell, text, /does not have a host assigned|unable to forward port/),
  },
  {
    pattern: /^kubectl top /,
    run: (text, { shell }) => fails(shell, text, /Metrics API not available/),
  },
  {
    pattern: /\bCLUSTER\b/,
    run: (text, { shell }) => fails(shell, text, /"CLUSTER" not found/),
  },
  {
    // On an empty cluster by test/chart; here with the values and the presets that they name.
    pattern: /^helm (?:upgrade --install|install) (\S+) (\S+) /,
    run: (text) => renders(text),
  },
  {
    pattern: /^helm (test|uninstall|rollback) activescale --namespace activescale( --logs)?$/,
    run: async () => {},
  },
  // What changes something is tried, so that no document depends on another.
  {
    pattern: /^kubectl (apply|delete|label|create|replace|rollout restart) /,
    run: (text, { shell }) =>
      shell.run(
        text
          .split(' && ')
          .map((each) => `${each} --dry-run=server`)
          .join(' && '),
      ),
  },
  { pattern: /^kubectl /, run: (text, { shell }) => shell.run(text) },
];

/** Whether it stands in the source of a service. */
function isLogged(phrase: string): boolean {
  return globSync('services/*/src/**/*.ts', { cwd: root }).some((path) =>
    readFileSync(join(root, path), 'utf8').includes(phrase),
  );
}

async function fails(shell: Shell, text: string, why: RegExp): Promise<void> {
  await assert.rejects(shell.run(text), why);
}

/** The documents' ports of the services, here others. */
function onFreePorts(url: string, { ingest, api }: Installed): string {
  return url
    .replace('127.0.0.1:18080', `127.0.0.1:${ingest.adminPort}`)
    .replace('127.0.0.1:6443', `127.0.0.1:${api.securePort}`);
}

/** Of a GET with a token; any authority may have signed the server's certificate. */
function statusOf(url: string, token: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get(url, { headers, rejectUnauthorized: false, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    }).once('error', reject);
  });
}

/** Helm knows each flag, and renders the chart. */
async function renders(text: string): Promise<void> {
  const [, args = ''] = /^helm (?:upgrade --install|install) (.+)$/.exec(text) ?? [];
  const offline = args.split(' ').map((arg) => (arg.startsWith('deploy/') ? join(root, arg) : arg));
  await helm('template', ...offline);
}

async function starts(settings: string, service: string | undefined, { valkey }: Installed): Promise<void> {
  const env = Object.fromEntries(
    settings
      .trim()
      .split(' ')
      .map((setting) => setting.split('=')),
  );
  const here = { ...env, VALKEY_ADDR: valkey.addr, ADMIN_PORT: '0' };
  await using _service = await (service === 'ingest' ? startIngest(here) : startApi(here));
}

/** The Dockerfile takes each build argument, and there is a service for each value of SERVICE. */
async function builds(text: string, shell: Shell): Promise<void> {
  const said = await shell.run(`cd '${root}'\ndocker() { echo "$@"; }\n${text}`);
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const builds = said.trimEnd().split('\n');
  for (const build of builds) {
    for (const [, name = '', value = ''] of build.matchAll(/--build-arg (\w+)=(\S+)/g)) {
      assert.match(dockerfile, new RegExp(`^ARG ${name}\\b`, 'm'), name);
      if (name === 'SERVICE') assert.ok(existsSync(join(root, 'services', value)), value);
    }
    assert.match(build, / \.$/, 'it is built from the root of the repository');
  }
}

/** The first line of Valkey's answer to a command. */
function valkeySays(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.setEncoding('utf8').setTimeout(5_000, () => socket.destroy(new Error('Valkey says nothing')));
    socket.once('error', reject).once('data', (answer) => {
      socket.destroy();
      resolve(String(answer).split('\r\n', 1)[0] ?? '');
    });
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${parts.join('')}`);
  });
}
