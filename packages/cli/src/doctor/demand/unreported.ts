import type { DestinationKind } from '@activescale/protocol/record';
import { destinationText } from '../../cluster/destination.ts';
import type { FindingCode } from '../../findings/codes.ts';
import type { Finding } from '../finding.ts';
import type { Gateway } from './gateways.ts';
import { FILTER_FIX } from './missing-stats.ts';

type Problem = Omit<Finding, 'subject'>;

interface Unreported {
  readonly kind: DestinationKind;
  readonly name: string;
  readonly namespace: string;
  /** DEMAND_FROM of ingest; undefined: not set, or not known. */
  readonly demandFrom: string | undefined;
  /** undefined: not known. */
  readonly gateways: readonly Gateway[] | undefined;
}

/** Why no live source reports a destination, as far as the cluster and the records show. */
export function unreportedProblem(unreported: Unreported): Problem {
  const { kind, name } = unreported;
  const { code, why, fix } = cause(unreported);
  const what = `no live source reports ${destinationText(kind, name)}, and none proves that it has no requests`;
  return { code, problem: `${what}: ${why}`, fix };
}

/** @param sources those that are stale */
export function staleSourceProblem(
  { kind, name }: Pick<Unreported, 'kind' | 'name'>,
  sources: readonly string[],
): Problem {
  return {
    code: 'ASC534',
    problem: `no source reports a request to ${destinationText(kind, name)}, but ${sources.join(', ')} exists, is stale and may have some: the demand is unknown`,
    fix: 'find out why the gateway does not reach ingest (docs/proxies/README.md, "Verify"), or delete its pod',
  };
}

const SETUP = 'let the gateway that sends it requests push its stats to ingest: docs/proxies/README.md';

interface Cause {
  readonly code: FindingCode;
  readonly why: string;
  readonly fix: string;
}

function cause({ kind, namespace, demandFrom, gateways }: Unreported): Cause {
  if (demandFrom === 'off')
    return {
      code: 'ASC511',
      why: 'ingest stores no demand (DEMAND_FROM=off)',
      fix: 'set DEMAND_FROM=gateways for ingest',
    };
  if (gateways === undefined)
    return {
      code: 'ASC512',
      why: 'the gateways are unknown',
      fix: `check as a user who may list all pods, or ${SETUP}`,
    };
  // The index lists the reports of a stale source for some minutes.
  const pushing = gateways.filter(({ pushes }) => pushes);
  const restricted = pushing.filter(
    (each) =>
      each.namespace !== namespace && each.ownNamespace.includes(kind) && !each.everywhere.includes(kind),
  );
  if (restricted.length > 0) {
    return {
      code: 'ASC513',
      why: `${some(restricted)} may report only its own namespace`,
      fix: `add ${namesOf(restricted)} to DEMAND_SOURCES of ingest, or their service accounts with PEER_CHECK=spiffe`,
    };
  }
  const reporting = pushing.filter(
    (each) => each.everywhere.includes(kind) || each.ownNamespace.includes(kind),
  );
  if (reporting.length > 0) {
    return {
      code: 'ASC514',
      why: `${some(reporting)} does not send a stat that the metric needs`,
      fix: FILTER_FIX,
    };
  }
  const others = pushing.filter((each) => each.everywhere.length + each.ownNamespace.length > 0);
  if (others.length > 0) {
    const kinds = new Set(others.flatMap((each) => [...each.everywhere, ...each.ownNamespace]));
    return {
      code: 'ASC515',
      why: `${some(others)} reports destinations of another kind (${[...kinds].join(', ')})`,
      fix: 'describe the object that the gateway names, such as the HTTPRoute with Envoy Gateway, in the HPA',
    };
  }
  if (pushing.length > 0) {
    return {
      code: 'ASC516',
      why: `${some(pushing)} pushes its own load, but has reported no destination`,
      fix: 'send a request through it; if that changes nothing, let its stats filter pass the stats of its clusters (docs/proxies/README.md), and see activescale_ingest_demand_refused_total (docs/runbooks.md)',
    };
  }
  if (gateways.length > 0) return { code: 'ASC517', why: `${some(gateways)} does not push`, fix: SETUP };
  return { code: 'ASC518', why: 'no gateway or waypoint was found', fix: SETUP };
}

function some(gateways: readonly Gateway[]): string {
  const [first] = gateways;
  const name = `${first?.namespace}/${first?.name}`;
  return gateways.length === 1 ? name : `each of ${gateways.length} gateways, such as ${name},`;
}

function namesOf(gateways: readonly Gateway[]): string {
  return [...new Set(gateways.map(({ namespace }) => `${namespace}/*`))].join(', ');
}
