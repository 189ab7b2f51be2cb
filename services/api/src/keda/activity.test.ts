import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue, RECENT_REJECTION } from '@activescale/metrics';
import { activitiesOf, isActive } from './activity.ts';
import { parseTrigger } from './metadata.ts';
import type { Readings } from './readings.ts';
import { ScalerError } from './scaler-error.ts';
import type { Reading } from './trigger.ts';

const DEMAND = { metric: 'demand_requests', target: '1' };

function trigger(scalerMetadata: Readonly<Record<string, string>>) {
  return parseTrigger({ name: 'so', namespace: 'shop', scalerMetadata }, builtInCatalogue);
}

/** Values by `name metric`, and the queries that were made. */
function readings(values: Readonly<Record<string, number>>) {
  const queries: string[] = [];
  const nameOf = ({ subject }: Reading) => (subject.of === 'pods' ? 'pods' : subject.name);
  const all: Readings = {
    async one(reading) {
      const key = `${nameOf(reading)} ${reading.metric.name}`;
      queries.push(key);
      return values[key];
    },
    async demandOf({ metric }, names) {
      queries.push(`${names.join()} ${metric.name}`);
      const found = names.map((name) => [name, values[`${name} ${metric.name}`]] as const);
      return new Map(found.filter((each): each is readonly [string, number] => each[1] !== undefined));
    },
  };
  return { ...all, queries };
}

const REJECTION = RECENT_REJECTION.name;

test('one query for each metric and one for rejections serve the triggers of a group', async () => {
  const group = ['a', 'b', 'c'].map((service) => trigger({ ...DEMAND, service }));
  const rate = trigger({ ...DEMAND, metric: 'demand_requests_per_second', service: 'a' });
  const low = ['5', '7'].map((activation) => trigger({ ...DEMAND, service: 'd', activation }));
  const source = readings({
    'a demand_requests': 3,
    'b demand_requests': 0,
    'd demand_requests': 1,
    'a demand_requests_per_second': 0,
    [`d ${REJECTION}`]: 1,
    [`a ${REJECTION}`]: 0,
  });
  const found = await activitiesOf([...group, rate, ...low], source);
  assert.deepEqual(
    found.map((each) => (typeof each === 'boolean' ? each : each.status)),
    [true, false, 'FAILED_PRECONDITION', false, true, true],
  );
  assert.deepEqual(source.queries, [
    'a,b,c,d demand_requests',
    'a demand_requests_per_second',
    `c,a,d ${REJECTION}`,
  ]);
});

test('rejections are read only for triggers that they could activate', async () => {
  const queriesFor = async (metadata: Readonly<Record<string, string>>, value: number) => {
    const source = readings({ [`web ${metadata.metric}`]: value });
    await isActive(trigger({ target: '1', ...metadata }), source);
    return source.queries.length;
  };
  const service = { service: 'web' };
  assert.equal(await queriesFor({ metric: 'demand_requests', ...service }, 0), 1, 'it includes rejections');
  assert.equal(await queriesFor({ metric: 'demand_requests', ...service, activation: '3' }, 2), 2);
  assert.equal(await queriesFor({ metric: 'demand_active_requests', ...service }, 0), 2);
  assert.equal(await queriesFor({ metric: 'demand_active_requests', ...service }, 1), 1);
  assert.equal(await queriesFor({ metric: 'active_requests', ...service }, 0), 2);
  assert.equal(await queriesFor({ metric: 'active_requests', workload: 'deploy/web' }, 0), 1);
});

test('a rejected request activates a trigger whose own value is unknown', async () => {
  const load = trigger({ metric: 'active_requests', service: 'web', target: '1' });
  assert.equal(await isActive(load, readings({ [`web ${REJECTION}`]: 1 })), true);
  await assert.rejects(isActive(load, readings({ [`web ${REJECTION}`]: 0 })), ScalerError);
});

test('a load that cannot be read does not affect the other triggers of its group', async () => {
  const load = trigger({ metric: 'active_requests', service: 'web', target: '1' });
  const rejecting = trigger({ metric: 'active_requests', service: 'gone', target: '1' });
  const demand = trigger({ ...DEMAND, service: 'web' });
  const source = readings({ 'web demand_requests': 3, 'web active_requests': 0, [`gone ${REJECTION}`]: 1 });
  const broken = new ScalerError('UNAVAILABLE', 'kube-apiserver did not answer');
  const one: Readings['one'] = (reading, trace) =>
    reading.subject.of === 'destination' && reading.subject.name !== 'web'
      ? Promise.reject(broken)
      : source.one(reading, trace);
  const unread = trigger({ metric: 'active_requests', service: 'new', target: '1' });
  const found = await activitiesOf([unread, demand, load, rejecting], { ...source, one });
  assert.deepEqual(found, [broken, true, false, true]);
});
