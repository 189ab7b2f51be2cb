import type { BehaviorSpec } from '@activescale/hpa';
import { KubernetesError, parseQuantity } from '@activescale/protocol/kubernetes';

/** A problem in the text of a behavior: the field, and what it must be. */
export class BehaviorError extends Error {
  override readonly name = 'BehaviorError';
  readonly code = 'ERR_BEHAVIOR';
}

type Fields = Readonly<Record<string, unknown>>;

// The limits of autoscaling/v2 (kubernetes, pkg/apis/autoscaling/validation/validation.go).
const MAX_STABILIZATION_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;
const MAX_POLICIES = 100;
const SELECT_POLICIES = ['Max', 'Min', 'Disabled'];
const POLICY_TYPES = ['Pods', 'Percent'];

/**
 * spec.behavior of an HPA, or an HPA with one, with the limits of kube-apiserver.
 * @throws BehaviorError
 */
export function readBehavior(value: unknown): BehaviorSpec {
  const given = fields('the document', value);
  const behavior = given.kind === 'HorizontalPodAutoscaler' ? fields('spec', given.spec).behavior : given;
  if (behavior === undefined) throw new BehaviorError('spec.behavior is missing');
  const { scaleUp, scaleDown } = only('behavior', behavior, ['scaleUp', 'scaleDown']);
  return {
    ...(scaleUp !== undefined && { scaleUp: readRules('scaleUp', scaleUp) }),
    ...(scaleDown !== undefined && { scaleDown: readRules('scaleDown', scaleDown) }),
  };
}

function readRules(name: string, value: unknown): NonNullable<BehaviorSpec['scaleUp']> {
  const known = ['stabilizationWindowSeconds', 'selectPolicy', 'policies', 'tolerance'];
  const { stabilizationWindowSeconds, selectPolicy, policies, tolerance } = only(name, value, known);
  return {
    ...(stabilizationWindowSeconds !== undefined && {
      stabilizationWindowSeconds: whole(
        `${name}.stabilizationWindowSeconds`,
        stabilizationWindowSeconds,
        0,
        MAX_STABILIZATION_SECONDS,
      ),
    }),
    ...(selectPolicy !== undefined && {
      selectPolicy: oneOf(`${name}.selectPolicy`, selectPolicy, SELECT_POLICIES),
    }),
    ...(policies !== undefined &&
      policies !== null && { policies: readPolicies(`${name}.policies`, policies) }),
    ...(tolerance !== undefined && { tolerance: readTolerance(`${name}.tolerance`, tolerance) }),
  };
}

function readPolicies(name: string, value: unknown) {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_POLICIES)
    throw new BehaviorError(`${name}: expected a list of 1 to ${MAX_POLICIES} policies`);
  return value.map((each: unknown, index) => {
    const path = `${name}[${index}]`;
    const policy = only(path, each, ['type', 'value', 'periodSeconds']);
    return {
      type: oneOf(`${path}.type`, policy.type, POLICY_TYPES),
      value: whole(`${path}.value`, policy.value, 1, 2_147_483_647),
      periodSeconds: whole(`${path}.periodSeconds`, policy.periodSeconds, 1, MAX_PERIOD_SECONDS),
    };
  });
}

/** A quantity, which YAML may read as a number. */
function readTolerance(name: string, value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value;
  try {
    if (typeof text === 'string' && Number(parseQuantity(text)) >= 0) return text;
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
  }
  throw new BehaviorError(`${name}: expected a quantity of at least 0, such as 50m`);
}

function whole(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new BehaviorError(
    `${name}: expected a whole number from ${least} to ${most}, found ${JSON.stringify(value)}`,
  );
}

function oneOf(name: string, value: unknown, known: readonly string[]): string {
  if (typeof value === 'string' && known.includes(value)) return value;
  throw new BehaviorError(`${name}: expected ${known.join(' or ')}, found ${JSON.stringify(value)}`);
}

/** The fields of an object that has no others: an unknown one is a misspelt one. */
function only(name: string, value: unknown, known: readonly string[]): Fields {
  const given = fields(name, value);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new BehaviorError(
      `${name} has the unknown field ${JSON.stringify(unknown)}: expected ${known.join(', ')}`,
    );
  return given;
}

function fields(name: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new BehaviorError(`${name}: expected an object, found ${JSON.stringify(value) ?? 'nothing'}`);
}
