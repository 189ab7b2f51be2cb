import type { ThirdParty } from './packages.ts';

/** The licences of shipped packages, for the file that is shipped with them. A text of several packages is there once. */
export function licencesText(product: string, packages: readonly ThirdParty[]): string {
  const byText = Map.groupBy(packages, ({ texts }) => texts.join('\n\n'));
  const sections = [...byText].map(([text, sharing]) => {
    const names = sharing.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return `${names.join('\n')}\n\n${text || 'The package contains no licence text.'}`;
  });
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `${[`${product} contains these packages.`, ...sections].join(rule)}\n`;
}
