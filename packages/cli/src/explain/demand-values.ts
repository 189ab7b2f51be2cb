import { demandOf, kindOfSum, type Metric } from '@activescale/metrics';
import { destinationText, readDestination } from '../cluster/destination.ts';
import type { Question } from '../cluster/question.ts';
import { type AskedDestination, askedDestination } from '../demand/asked-destination.ts';
import { type DemandPlace, findDemand, findProofs } from '../demand/found-demand.ts';
import { number } from '../format.ts';
import { milli } from './record-values.ts';
import { sourcePart } from './source-part.ts';
import type { Part, RecordAnswer } from './values.ts';

/**
 * The demand that api computes for an HPA's query. undefined: the query is not for a destination, which the answer of the
 * metrics API shows too. @throws MetricSelectorError, KubeError
 */
export async function demandAnswer(
  question: Question,
  named: Metric,
  place: DemandPlace,
): Promise<RecordAnswer | undefined> {
  const asked = askedDestination(question, named);
  if (asked === undefined) return undefined;
  const { kind, name, port } = asked;
  const destination = await readDestination(place.client, kind, place.namespace, name, port);
  if (destination.state !== 'exists') {
    const what = destination.state === 'missing' ? 'does not exist' : `has no port ${port}`;
    return result(undefined, [], `${destinationText(kind, name)} ${what}`);
  }
  return await answer(asked, destination.ports, place);
}

async function answer(
  asked: AskedDestination,
  ports: readonly string[] | undefined,
  place: DemandPlace,
): Promise<RecordAnswer> {
  const { kind, metric } = asked;
  const { settings } = place;
  const { reports, live, isOfAllPorts, now } = await findDemand(asked, ports, place);
  const { value, pods: counted, isUnmentioned } = demandOf(live, metric, now, settings, () => {});
  const parts = reports.map(({ title, source }): Part => {
    if (source === undefined) return { name: title, value: undefined, arithmetic: 'its pod does not exist' };
    return { name: title, ...sourcePart(source, metric, now, settings) };
  });
  if (isUnmentioned && isOfAllPorts)
    return result(undefined, parts, 'no value: a source reports all ports together');
  if (isUnmentioned) {
    const proofs = await findProofs(kind, metric, place);
    const zero = proofs.length > 0 ? `0, proven by ${proofs.join(', ')}` : 'no value: none proves 0';
    return result(proofs.length > 0 ? 0 : undefined, parts, `no live source mentions it: ${zero}`);
  }
  const how = kindOfSum(metric) === 'sum' ? 'sum' : 'of all requests together';
  const coverage = `${how}, ${counted} of ${live.length} records included`;
  const held = metric.function === 'held' ? ', at least 1 after a rejected request' : '';
  const text = value === undefined ? 'no value' : number(value.value);
  return result(value?.value, parts, `${coverage}${held}: ${text}`);
}

function result(value: number | undefined, parts: readonly Part[], total: string): RecordAnswer {
  const values = value === undefined ? undefined : ({ of: 'all', value: milli(value) } as const);
  return { of: 'sources', values, parts, total };
}
