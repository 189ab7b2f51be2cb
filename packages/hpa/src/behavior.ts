import { KubernetesError, parseQuantity } from '@activescale/protocol/kubernetes';
import type { Tolerance } from './tolerance.ts';

/** spec.behavior of an HPA as returned by the API server; absent fields have their defaults. */
export interface BehaviorSpec {
  readonly scaleUp?: RulesSpec;
  readonly scaleDown?: RulesSpec;
}

interface RulesSpec {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: string;
  readonly policies?: readonly Policy[] | null;
  /** A quantity; since Kubernetes 1.35, or with the feature gate HPAConfigurableTolerance. */
  readonly tolerance?: string;
}

export interface Policy {
  readonly type: string;
  readonly value: number;
  readonly periodSeconds: number;
}

/** Limits of the speed of scaling in one direction. */
export interface Rules {
  readonly stabilizationSeconds: number;
  readonly select: string;
  readonly policies: readonly Policy[];
}

/** Default of kube-controller-manager's --horizontal-pod-autoscaler-downscale-stabilization, in s. */
const DOWNSCALE_STABILIZATION = 300;

/** Defaults of autoscaling/v2 (pkg/apis/autoscaling/v2/defaults.go). */
const UP: Rules = {
  stabilizationSeconds: 0,
  select: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DOWN: Rules = {
  stabilizationSeconds: DOWNSCALE_STABILIZATION,
  select: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

export function rulesOf({ scaleUp, scaleDown }: BehaviorSpec): { up: Rules; down: Rules } {
  return { up: withDefaults(scaleUp, UP), down: withDefaults(scaleDown, DOWN) };
}

function withDefaults(spec: RulesSpec | undefined, otherwise: Rules): Rules {
  return {
    stabilizationSeconds: spec?.stabilizationWindowSeconds ?? otherwise.stabilizationSeconds,
    select: spec?.selectPolicy ?? otherwise.select,
    policies: spec?.policies ?? otherwise.policies,
  };
}

/** @param otherwise the controller's default, for a direction that the HPA does not configure */
export function toleranceOf(behavior: BehaviorSpec | undefined, otherwise: number): Tolerance {
  return {
    up: readTolerance(behavior?.scaleUp, otherwise),
    down: readTolerance(behavior?.scaleDown, otherwise),
  };
}

function readTolerance(rules: RulesSpec | undefined, otherwise: number): number {
  if (rules?.tolerance === undefined) return otherwise;
  try {
    return Number(parseQuantity(rules.tolerance)) / 1000;
  } catch (error) {
    if (error instanceof KubernetesError) return otherwise;
    throw error;
  }
}
