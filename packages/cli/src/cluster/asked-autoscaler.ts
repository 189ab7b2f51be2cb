import { parseResourceName, type ResourceName } from '@activescale/kube';
import { onlyPositional } from '../options.ts';
import { UsageError } from '../usage-error.ts';

/** An HPA or a workload on the command line: `hpa/web`, `deploy/web`, or the same in two words. @throws UsageError */
export function askedAutoscaler(positionals: readonly string[]): ResourceName {
  const [type, name, ...more] = positionals;
  const words = name === undefined || type?.includes('/') ? positionals : [`${type}/${name}`, ...more];
  const text = onlyPositional(words, 'hpa/NAME');
  const found = parseResourceName(text);
  if (found !== undefined && found.kind !== 'Pod') return found;
  throw new UsageError(`${JSON.stringify(text)}: expected hpa/NAME, or a workload such as deploy/NAME`);
}
