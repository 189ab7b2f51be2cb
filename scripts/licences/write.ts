// Prints the licences of what a package of the workspace contains of others: node scripts/licences/write.ts PRODUCT FOLDER
import { thirdPartyOf } from './packages.ts';
import { licencesText } from './text.ts';

const [product, folder] = process.argv.slice(2);
if (product === undefined || folder === undefined) {
  process.stderr.write('usage: node scripts/licences/write.ts PRODUCT FOLDER\n');
  process.exit(2);
}
process.stdout.write(licencesText(product, thirdPartyOf(folder)));
