import type { BehaviorSpec } from '@activescale/hpa';
import { suggestion } from '@activescale/runtime';
import { parse } from 'yaml';
import { reasonOf } from '../../cluster/ask.ts';
import { readBounded } from '../../files/bounded-file.ts';
import { RECIPES } from '../../hpa/recipes.ts';
import { UsageError } from '../../usage-error.ts';
import { readBehavior } from './behavior.ts';

/** A value of --behavior. */
export interface NamedBehavior {
  readonly name: string;
  /** undefined: an HPA without `behavior`. */
  readonly behavior: BehaviorSpec | undefined;
}

/** An HPA without `behavior`. */
const NONE = 'none';
export const BEHAVIOR_PRESETS = [...Object.keys(RECIPES), NONE];

const MAX_FILE_BYTES = 64 * 1024;

/** A recipe of `activescale hpa`, `none`, or a YAML or JSON file. Rejects with a UsageError. */
export async function namedBehavior(name: string): Promise<NamedBehavior> {
  if (name === NONE) return { name, behavior: undefined };
  const wrong = (error: unknown) => new UsageError(`--behavior ${name}: ${reasonOf(error)}`);
  const recipe = Object.hasOwn(RECIPES, name) ? RECIPES[name] : undefined;
  if (recipe !== undefined) return { name, behavior: readBehavior(recipe.behavior) };
  if (!/[./]/.test(name)) {
    const hint = suggestion(name, BEHAVIOR_PRESETS);
    throw new UsageError(
      `--behavior ${JSON.stringify(name)}: expected a file, or one of ${BEHAVIOR_PRESETS.join(', ')}${hint}`,
    );
  }
  try {
    return { name, behavior: readBehavior(parse(await readBounded(name, MAX_FILE_BYTES))) };
  } catch (error) {
    throw wrong(error);
  }
}
