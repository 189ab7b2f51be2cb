// Checks that the tree can be released. Exits with 1 and a line for each problem.
//   npm run release:check                                             that all versions agree
//   npm run release:check -- --tag v0.1.0 --repository https://...   also that this tag can be released
import { parseArgs } from 'node:util';
import { ROOT, readOrigin } from './origin.ts';
import { tagProblems, treeProblems } from './problems.ts';

const { values } = parseArgs({
  options: { tag: { type: 'string' }, repository: { type: 'string', default: '' } },
});
const { tag, repository } = values;
const problems = [
  ...treeProblems(ROOT),
  ...(tag === undefined ? [] : tagProblems(ROOT, { tag, repository }, readOrigin())),
];
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
