// Packs the CLI for a machine that has only Node: node scripts/release/pack-cli.ts [FOLDER]
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packCli } from './cli/pack.ts';
import { ROOT } from './origin.ts';

const [folder = join(ROOT, 'dist')] = process.argv.slice(2);
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
const { file } = await packCli(folder, commit);
process.stdout.write(`${file}\n`);
