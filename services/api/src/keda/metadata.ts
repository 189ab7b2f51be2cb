import { canNameNamespace, canNameWorkload, formatGroupResource, parseObjectName } from '@activescale/kube';
import {
  type Catalogue,
  isDemand,
  type Metric,
  MetricSelectorError,
  parseTarget,
  type SelectedMetric,
  selectMetric,
  splitExternalSelector,
  TARGET_TEXT,
} from '@activescale/metrics';
import type { ScaledObjectRef } from '@activescale/protocol/keda';
import { KubernetesError, parseLabelSelector, parseQuantity } from '@activescale/protocol/kubernetes';
import { suggestion } from '@activescale/runtime';
import { shorten } from '../telemetry/shorten.ts';
import { ScalerError } from './scaler-error.ts';
import type { Subject, Trigger } from './trigger.ts';

/** Those that select what is measured: a trigger has exactly one. */
const SUBJECTS = ['workload', 'service', 'httproute', 'grpcroute', 'selector'] as const;
const KEYS = ['metric', 'target', ...SUBJECTS, 'over', 'port', 'activation'];

/**
 * KEDA's own keys, which it passes on
 * (https://github.com/kedacore/keda/blob/v2.21.0/pkg/scalers/external_scaler.go, parseExternalScalerMetadata).
 */
const KEYS_OF_KEDA = ['scalerAddress', 'enableTLS', 'unsafeSsl'];
/** KEDA passes the value of an environment variable under the key with this suffix (likewise). */
const FROM_ENV = 'FromEnv';

/** Limits of the metadata: entries, and characters of a value. */
const MAX_ENTRIES = 32;
const MAX_VALUE = 4_096;
/** Names of metrics that an error lists, and that are searched for a similar one. */
const MAX_NAMES = 40;
const MAX_COMPARED = 200;

type Metadata = ReadonlyMap<string, string>;

/** @throws ScalerError INVALID_ARGUMENT, which names the key at fault */
export function parseTrigger({ namespace, scalerMetadata }: ScaledObjectRef, catalogue: Catalogue): Trigger {
  if (!canNameNamespace(namespace)) throw invalid('namespace', namespace, 'the namespace of a ScaledObject');
  const metadata = known(scalerMetadata);
  const metric = metricOf(metadata, catalogue);
  return {
    namespace,
    subject: subjectOf(metadata, metric),
    ...selected(metadata, metric),
    target: targetOf(metadata, metric),
    activation: activationOf(metadata),
  };
}

function known(scalerMetadata: ScaledObjectRef['scalerMetadata']): Metadata {
  const entries = Object.entries(scalerMetadata);
  if (entries.length > MAX_ENTRIES)
    throw new ScalerError('INVALID_ARGUMENT', `the metadata has more than ${MAX_ENTRIES} entries`);
  const metadata = new Map<string, string>();
  for (const [written, value] of entries) {
    const key = written.endsWith(FROM_ENV) ? written.slice(0, -FROM_ENV.length) : written;
    if (KEYS_OF_KEDA.includes(key)) continue;
    if (!KEYS.includes(key))
      throw new ScalerError(
        'INVALID_ARGUMENT',
        `unknown key ${quoted(written)}; expected ${KEYS.join(', ')}${suggestion(key, KEYS)}`,
      );
    if (metadata.has(key)) throw invalid(key, value, `one of ${key} and ${key}${FROM_ENV}`);
    if (value.length > MAX_VALUE) throw invalid(key, value, `at most ${MAX_VALUE} characters`);
    metadata.set(key, value.trim());
  }
  return metadata;
}

function metricOf(metadata: Metadata, catalogue: Catalogue): Metric {
  const name = metadata.get('metric');
  const metric = catalogue.get(name ?? '');
  if (metric !== undefined) return metric;
  const names = [...catalogue.keys()];
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  const similar = suggestion(name ?? '', names.slice(0, MAX_COMPARED));
  throw invalid('metric', name, `one of ${names.slice(0, MAX_NAMES).join(', ')}${more}${similar}`);
}

function subjectOf(metadata: Metadata, metric: Metric): Subject {
  const [key, another] = SUBJECTS.filter((each) => metadata.has(each));
  if (key === undefined) throw invalid('workload', undefined, `one of ${SUBJECTS.join(', ')}`);
  if (another !== undefined)
    throw invalid(another, metadata.get(another), `only one of ${SUBJECTS.join(', ')}, and there is ${key}`);
  const text = metadata.get(key) ?? '';
  if (text === '') throw invalid(key, text, 'a name');
  if (isDemand(metric) && (key === 'workload' || key === 'selector'))
    throw invalid(key, text, `service, httproute or grpcroute, because callers count ${metric.name}`);
  if (!isDemand(metric) && (key === 'httproute' || key === 'grpcroute'))
    throw invalid(key, text, `workload, service or selector, because ${metric.name} is counted at pods`);
  switch (key) {
    case 'workload':
      return workload(text);
    case 'selector':
      return podsOf(text);
    default:
      if (!canNameWorkload(text)) throw invalid(key, text, 'the name of one object, such as web');
      return { of: 'destination', kind: key, name: text };
  }
}

/** A `*`, as in a path of the custom metrics API, would be all objects of the kind, and a trigger has one value. */
function workload(text: string): Subject {
  const found = parseObjectName(text);
  if (found === undefined || !canNameWorkload(found.name))
    throw invalid('workload', text, 'RESOURCE/NAME, such as deployments.apps/web or deployment/web');
  return { of: 'workload', resource: formatGroupResource(found.resource), name: found.name };
}

function podsOf(text: string): Subject {
  try {
    const selector = parseLabelSelector(text);
    if (splitExternalSelector(selector).over.length > 0)
      throw invalid('selector', text, 'labels of pods; over is a key of the metadata');
    return { of: 'pods', selector };
  } catch (error) {
    if (error instanceof KubernetesError)
      throw invalid('selector', text, `a label selector: ${error.message}`);
    throw error;
  }
}

function selected(metadata: Metadata, metric: Metric): SelectedMetric {
  const selector = ['over', 'port'].flatMap((key) => {
    const value = metadata.get(key);
    return value === undefined ? [] : [{ key, operator: '=' as const, values: [value] }];
  });
  try {
    return selectMetric(metric, selector);
  } catch (error) {
    if (error instanceof MetricSelectorError) throw new ScalerError('INVALID_ARGUMENT', error.why);
    throw error;
  }
}

function targetOf(metadata: Metadata, metric: Metric): number {
  const text = metadata.get('target');
  const target = text === undefined ? metric.target : parseTarget(text);
  if (target !== undefined) return target;
  throw invalid('target', text, `${TARGET_TEXT}; or a target of the metric in METRICS_FILE`);
}

function activationOf(metadata: Metadata): number {
  const text = metadata.get('activation');
  if (text === undefined) return 0;
  try {
    const activation = Number(parseQuantity(text)) / 1000;
    if (activation >= 0) return activation;
  } catch {
    // parseQuantity throws only if the text is not a quantity.
  }
  throw invalid('activation', text, 'a quantity of at least 0');
}

function invalid(key: string, found: string | undefined, expected: string): ScalerError {
  const fault = found === undefined ? `${key} is missing` : `${key}: found ${quoted(found)}`;
  return new ScalerError('INVALID_ARGUMENT', `${fault}; expected ${expected}`);
}

function quoted(text: string): string {
  return JSON.stringify(shorten(text));
}
