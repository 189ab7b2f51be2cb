// Prints what the release workflow needs to know, as lines for GITHUB_OUTPUT. Needs no installed package.
import { ROOT, readOrigin } from './origin.ts';
import { projectVersion } from './versions.ts';

const { registry } = readOrigin();
process.stdout.write(`version=${projectVersion(ROOT)}\nregistry=${registry}\n`);
