import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordingOf } from './frames.ts';
import { terminalSvg } from './terminal-svg.ts';

// npm run demo:picture renews README's picture of the demo with a run in a terminal of 80 columns.

const SECONDS = 22;
/** The share of the run after which the picture is taken. */
const MOMENT = 0.42;
const demo = join(import.meta.dirname, '../demo/main.ts');
const picture = join(import.meta.dirname, '../../../../docs/images/demo.svg');

const { frames, after } = recordingOf(
  await outputOf(`stty cols 80 rows 40 && exec '${process.execPath}' '${demo}'`),
);
const frame = frames[Math.floor(frames.length * MOMENT)];
if (frame === undefined) throw new Error('the demo drew nothing');
const shown = after === '' ? frame : `${frame}\n\n${after}`;
/** The token differs in each run, and its length says nothing. */
const text = shown.replace(/#token=\S+/, '#token=...');
await writeFile(picture, terminalSvg('The output of npm run demo', `$ npm run demo\n\n${text}`));
process.stdout.write(`${text}\n`);

/** What a command writes to a terminal; Python's pty is one, and Node has none. */
function outputOf(command: string): Promise<string> {
  const args = ['-c', 'import pty, sys; pty.spawn(["sh", "-c", sys.argv[1]])', command];
  const env = { ...process.env, DEMO_SECONDS: String(SECONDS), TERM: 'xterm' };
  return new Promise((resolve, reject) => {
    const child = spawn('python3', args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.once('error', reject).once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`the demo ended with ${code}:\n${output}`));
    });
  });
}
