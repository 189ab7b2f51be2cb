import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chart } from './chart.ts';
import { generatedFiles } from './generated.ts';

// Writes the generated files of deploy/chart. Run it after a change of values.yaml, of a setting, or of a file in
// deploy/components that the chart repeats.

for (const [place, text] of await generatedFiles()) await writeFile(join(chart, place), text);
