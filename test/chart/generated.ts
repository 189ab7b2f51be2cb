import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isMap, isScalar, type Pair, parse, parseDocument, type YAMLMap } from 'yaml';
import { root } from '../manifests/overlays.ts';
import { chart } from './chart.ts';

// What the chart repeats of other files: Helm reads only the chart's folder.

const COMPONENTS = 'deploy/components';
/** Files of the components, by their place in the chart. */
const COPIES: Readonly<Record<string, string>> = {
  'files/dashboard.json': `${COMPONENTS}/monitoring/dashboard.json`,
  'files/rules.yaml': `${COMPONENTS}/monitoring/rules.yaml`,
  ...Object.fromEntries(
    ['valkey.conf', 'cli.sh', 'create.sh', 'meet.sh', 'ping.sh'].map((name) => [
      `files/valkey-cluster/${name}`,
      `${COMPONENTS}/valkey-cluster/${name}`,
    ]),
  ),
};

/** Settings that follow from other values, so that ports, mounts and rights match them. */
const BY_VALUES =
  /^(ADMIN_PORT|GRPC_PORT|GRPC_TLS_.*|PEER_CHECK|SECURE_PORT|TLS_.*|SERVICE_NAME|KUBECONFIG|STANDALONE|METRICS_FILE|EXTERNAL_METRICS|FALLTHROUGH_.*|VERIFY_POD_IP|KEDA_PORT|KEDA_CLIENT_CA_FILE)$/;
/** Settings that must be the same in both services. */
const COMMON_ONLY = /^(VALKEY_.*|KEY_PREFIX|METRIC_TTL)$/;

const TABLE = /(<!-- values -->\n)[\s\S]*(<!-- \/values -->)/;

/** What each generated file of the chart must contain, by its place in the chart. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const [place, path] of Object.entries(COPIES))
    files.set(place, await readFile(join(root, path), 'utf8'));
  files.set('values.schema.json', await schema());
  const readme = await readFile(join(chart, 'README.md'), 'utf8');
  const rows = await valueRows();
  const table = ['| value | default | meaning |', '|---|---|---|', ...rows.map((row) => `| ${row} |`)];
  files.set(
    'README.md',
    readme.replace(TABLE, (_, begin, end) => `${begin}${table.join('\n')}\n${end}`),
  );
  return files;
}

/** The schema with the names of the settings, as the services print them. */
async function schema(): Promise<string> {
  const text = await readFile(join(chart, 'values.schema.json'), 'utf8');
  const [ingest, api] = [await settingsOf('ingest'), await settingsOf('api')];
  const common = ingest.filter((name) => api.includes(name));
  const own = (names: readonly string[]) => names.filter((name) => !COMMON_ONLY.test(name));
  const parsed = JSON.parse(text);
  parsed.$defs.settings.propertyNames.enum = common;
  parsed.$defs.ingestSettings.propertyNames.enum = own(ingest);
  parsed.$defs.apiSettings.propertyNames.enum = own(api);
  return JSON.stringify(parsed) === JSON.stringify(JSON.parse(text))
    ? text
    : `${JSON.stringify(parsed, null, 2)}\n`;
}

async function settingsOf(service: string): Promise<string[]> {
  const main = join(root, 'services', service, 'src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--print-settings']);
  const settings = JSON.parse(stdout) as { name: string }[];
  return settings.map(({ name }) => name).filter((name) => !BY_VALUES.test(name));
}

/** `value | default | meaning` for each value, from the comments of values.yaml. */
async function valueRows(): Promise<string[]> {
  const { contents } = parseDocument(await readFile(join(chart, 'values.yaml'), 'utf8'));
  if (!isMap(contents)) throw new Error('values.yaml is not a map');
  return rowsOf(contents, '');
}

function rowsOf(map: YAMLMap, prefix: string): string[] {
  return (map.items as Pair[]).flatMap((pair, i) => {
    if (!isScalar(pair.key)) throw new Error(`${prefix}: a key is not a scalar`);
    // A comment before the first key belongs to its map.
    const comment = pair.key.commentBefore ?? (i === 0 ? map.commentBefore : undefined);
    const path = `${prefix}${pair.key.value}`;
    if (typeof comment === 'string') {
      const meaning = comment.split('\n').map((line) => line.trim());
      const value = (pair.value as { toJSON(): unknown }).toJSON();
      return [`\`${path}\` | ${shown(value)} | ${meaning.join(' ').replaceAll('|', '\\|')}`];
    }
    if (!isMap(pair.value)) throw new Error(`values.yaml: ${path} has no comment`);
    return rowsOf(pair.value, `${path}.`);
  });
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text === '' ? '' : `\`${text}\``;
}

/** The values of a preset or of the chart, as JSON has them. */
export async function valuesOf(file: string): Promise<Readonly<Record<string, unknown>>> {
  return parse(await readFile(join(chart, file), 'utf8'));
}
