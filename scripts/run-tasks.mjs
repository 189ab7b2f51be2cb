// Runs turbo's tasks and, where any failed, says last of all what failed and how: a log of some hundred thousand
// lines is often kept only in part, and its end is what is kept.
//
//   node scripts/run-tasks.mjs TASK [TASK...]
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Lines of a task that are remembered, to be repeated if it fails. */
const REMEMBERED = 150;
/** Where node --test begins to repeat its failures. */
const FAILURES = /^✖ failing tests:/;

const turbo = spawn(
  'turbo',
  [
    'run',
    ...process.argv.slice(2),
    '--continue',
    '--concurrency=1',
    '--log-order=stream',
    '--output-logs=new-only',
  ],
  { stdio: ['inherit', 'pipe', 'inherit'] },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => turbo.kill(signal));

/** The last lines of each task, without their prefix. */
const tails = new Map();
let failed = [];
createInterface({ input: turbo.stdout }).on('line', (line) => {
  process.stdout.write(`${line}\n`);
  const [, task, text] = /^(\S+:\S+?): (.*)$/.exec(line) ?? [];
  if (task !== undefined) remember(task, text);
  const [, names] = /^\s*Failed:\s+(.*)$/.exec(line) ?? [];
  if (names !== undefined) failed = names.split(',').map((name) => name.trim().replace('#', ':'));
});

turbo.once('error', (error) => {
  process.stderr.write(`turbo cannot be started: ${error.message}\n`);
  process.exit(1);
});
turbo.once('close', (code) => {
  for (const task of failed) {
    const lines = tails.get(task) ?? [];
    process.stdout.write(`\n${task} failed:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  }
  process.exit(code ?? 1);
});

function remember(task, text) {
  const lines = tails.get(task);
  if (lines === undefined || FAILURES.test(text)) tails.set(task, [text]);
  else {
    lines.push(text);
    // What node --test repeats begins with the first failure: the rest of it is left out. Of others the end tells most.
    if (lines.length > REMEMBERED) lines.splice(FAILURES.test(lines[0]) ? REMEMBERED : 0, 1);
  }
}
