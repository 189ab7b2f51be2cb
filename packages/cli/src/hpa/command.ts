import { formatQuantity, KubernetesError, parseQuantity } from '@activescale/protocol/kubernetes';
import { suggestion } from '@activescale/runtime';
import { stringify } from 'yaml';
import type { Command } from '../command.ts';
import { json } from '../format.ts';
import { noPositionals, parseOptions } from '../options.ts';
import { UsageError } from '../usage-error.ts';
import { type Behavior, RECIPES, type Recipe } from './recipes.ts';
import { parseWorkload } from './workload.ts';

const LIST = Object.entries(RECIPES)
  .map(
    ([name, { example, summary, unit }]) =>
      `  ${name.padEnd(12)}${example}.yaml: ${summary} (target: ${unit})`,
  )
  .join('\n');

const OPTIONS = {
  workload: { type: 'string' },
  target: { type: 'string' },
  like: { type: 'string', default: 'activescale' },
  min: { type: 'string' },
  max: { type: 'string', default: '20' },
  service: { type: 'string' },
  tolerance: { type: 'string' },
  name: { type: 'string' },
  namespace: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o', default: 'yaml' },
} as const;

export const hpaCommand: Command = {
  summary: 'print the manifest of an HPA',
  usage: `activescale hpa --workload RESOURCE/NAME --target QUANTITY [--like RECIPE] [options]

Works offline: activescale hpa ... | kubectl apply -f -

Recipes, with their files in deploy/examples:
${LIST}

      --workload RESOURCE/NAME  such as deploy/web or deployments.apps/web
      --target QUANTITY         such as 10 or 250m
      --like RECIPE             a recipe (default activescale)
      --min N, --max N          replicas (default 2 and 20, with demand 0 and 20)
      --service NAME            Service of the recipe demand (default: the name of the workload)
      --tolerance UP[,DOWN]     ratios such as 0.05 or 0.05,0.2 (Kubernetes 1.35; default 0.1)
      --name NAME               name of the HPA (default: the name of the workload)
  -n, --namespace NAME          namespace of the HPA (default: none in the manifest)
  -o, --output FORMAT           yaml (default) or json
  -h, --help                    print this text`,
  options: OPTIONS,
  choices: { like: Object.keys(RECIPES), output: ['yaml', 'json'] },
  async run(args, { out }) {
    const { values, positionals } = parseOptions(args, OPTIONS);
    noPositionals(positionals);
    const { namespace, output } = values;
    if (output !== 'yaml' && output !== 'json')
      throw new UsageError(`--output ${JSON.stringify(output)}: expected yaml or json`);
    const workload = parseWorkload(required('--workload', values.workload));
    const recipe = recipeOf(values.like);
    const target = targetOf(required('--target', values.target));
    const least = recipe.min === 0 ? 0 : 1;
    const minReplicas = values.min === undefined ? recipe.min : replicas('--min', values.min, least);
    const maxReplicas = replicas('--max', values.max, 1);
    const service = serviceOf(values.service, recipe) ?? workload.name;
    if (minReplicas > maxReplicas) throw new UsageError(`--min ${minReplicas} is above --max ${maxReplicas}`);
    const manifest = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: values.name ?? workload.name, ...(namespace !== undefined && { namespace }) },
      spec: {
        scaleTargetRef: workload,
        minReplicas,
        maxReplicas,
        metrics: recipe.metrics(workload, target, service),
        behavior: withTolerance(recipe.behavior, values.tolerance),
      },
    };
    out.document(output === 'json' ? json(manifest) : stringify(manifest, { aliasDuplicateObjects: false }));
    return 0;
  },
};

function required(option: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`${option} is missing`);
  return value;
}

function recipeOf(like: string): Recipe {
  const recipe = Object.hasOwn(RECIPES, like) ? RECIPES[like] : undefined;
  if (recipe !== undefined) return recipe;
  const known = Object.keys(RECIPES);
  const hint = suggestion(like, known);
  throw new UsageError(`--like ${JSON.stringify(like)}: expected one of ${known.join(', ')}${hint}`);
}

function targetOf(text: string): number {
  try {
    const milli = Number(parseQuantity(text));
    if (milli > 0) return milli / 1000;
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
  }
  throw new UsageError(`--target ${JSON.stringify(text)}: expected a quantity above 0, such as 10 or 250m`);
}

function replicas(option: string, text: string, least: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= 2_147_483_647) return number;
  const only = option === '--min' && number === 0 ? '; only --like demand scales out from 0' : '';
  throw new UsageError(
    `${option} ${JSON.stringify(text)}: expected a whole number of at least ${least}${only}`,
  );
}

function serviceOf(name: string | undefined, recipe: Recipe): string | undefined {
  if (name === undefined || recipe === RECIPES.demand) return name;
  throw new UsageError('--service requires --like demand');
}

/** The tolerance of each direction; one number is for both. */
function withTolerance(behavior: Behavior, text: string | undefined): Behavior {
  if (text === undefined) return behavior;
  const [up = '', down = up, ...more] = text.split(',');
  const tolerance = (part: string) => {
    const ratio = Number(part);
    if (part.trim() !== '' && ratio >= 0 && ratio < 1 && more.length === 0) return formatQuantity(ratio);
    throw new UsageError(
      `--tolerance ${JSON.stringify(text)}: expected ratios from 0 to below 1, such as 0.05 or 0.05,0.2`,
    );
  };
  return {
    scaleUp: { ...behavior.scaleUp, tolerance: tolerance(up) },
    scaleDown: { ...behavior.scaleDown, tolerance: tolerance(down) },
  };
}
