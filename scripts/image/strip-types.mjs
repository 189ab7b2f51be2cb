import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';

// Strips the types of all sources below the folders that are named, in place. Types become blanks, so that lines and columns
// stay. load-stripped.mjs loads the result.
for (const path of process.argv.slice(2).flatMap((folder) => globSync(`${folder}/*/src/**/*.ts`)))
  writeFileSync(path, stripTypeScriptTypes(readFileSync(path, 'utf8')));
