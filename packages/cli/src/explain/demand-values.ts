import { demandOf, kindOfSum, type Metric, mayBeZero, type Zero } from '@activescale/metrics';
import { destinationText, readDestination } from '../cluster/destination.ts';
import type { Question } from '../cluster/question.ts';
import { type AskedDestination, askedDestination } from '../demand/asked-destination.ts';
import { type DemandPlace, findDemand, findZero } from '../demand/found-demand.ts';
import type { FindingCode } from '../findings/codes.ts';
import { number } from '../format.ts';
import { LOST_RECORDS } from '../records/reasons.ts';
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
    const code = destination.state === 'missing' ? 'ASC501' : 'ASC502';
    return result(undefined, [], `${destinationText(kind, name)} ${what}`, code);
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
  const demand = demandOf(live, metric, now, settings, () => {});
  const { value, pods: counted, isUnmentioned } = demand;
  const parts = reports.map(({ title, source }): Part => {
    if (source === undefined)
      return { name: title, value: undefined, arithmetic: 'its pod does not exist', code: 'ASC531' };
    return { name: title, ...sourcePart(source, metric, now, settings) };
  });
  if (isUnmentioned && isOfAllPorts)
    return result(undefined, parts, 'no value: a source reports all ports together', 'ASC532');
  const zero = mayBeZero(demand, metric) ? await findZero(demand, kind, metric, place) : undefined;
  const doubt = zero && 'doubt' in zero ? doubtOf(zero) : undefined;
  if (isUnmentioned) {
    const unmentioned = 'no live source mentions it';
    if (zero === undefined || 'doubt' in zero)
      return result(
        undefined,
        parts,
        `${unmentioned}: no value: ${doubt?.text ?? NO_PROOF}`,
        doubt?.code ?? 'ASC533',
      );
    return result(0, parts, `${unmentioned}: 0, proven by ${zero.sources.join(', ')}`);
  }
  const how = kindOfSum(metric) === 'sum' ? 'sum' : 'of all requests together';
  const coverage = `${how}, ${counted} of ${live.length} records included`;
  const held = metric.function === 'held' ? ', at least 1 after a rejected request' : '';
  if (doubt !== undefined)
    return result(undefined, parts, `${coverage}${held}: no value: ${doubt.text}`, doubt.code);
  const text = value === undefined ? 'no value' : number(value.value);
  return result(value?.value, parts, `${coverage}${held}: ${text}`);
}

const NO_PROOF = 'none proves 0';

/** Why a demand that may be 0 is unknown. */
function doubtOf({ doubt, sources }: Extract<Zero, { readonly doubt: unknown }>): {
  readonly text: string;
  readonly code: FindingCode;
} {
  switch (doubt) {
    case 'lost_records':
      return { text: LOST_RECORDS, code: 'ASC306' };
    case 'stale_source':
      return { text: `${sources.join(', ')} exists, is stale and may have requests`, code: 'ASC534' };
    case 'no_proof':
      return { text: NO_PROOF, code: 'ASC533' };
  }
}

function result(
  value: number | undefined,
  parts: readonly Part[],
  total: string,
  code?: FindingCode,
): RecordAnswer {
  const values = value === undefined ? undefined : ({ of: 'all', value: milli(value) } as const);
  return { of: 'sources', values, parts, total, code };
}
