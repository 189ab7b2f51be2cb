import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInCatalogue } from '@activescale/metrics';
import { EVERYWHERE } from '@activescale/protocol/record';
import { objectName, parseObjectName } from '@activescale/protocol/records-api';
import fc from 'fast-check';
import { createAccessCheck } from '../access/access.ts';
import { createApp } from '../app.ts';
import { servedGroups } from '../discovery/discovery.ts';
import type { RequestInfo } from '../http/request-info.ts';
import { appDefaults } from '../testing/app-defaults.ts';
import { ask } from '../testing/ask.ts';
import { RECORD_NAMES, recordForms } from '../testing/record-forms.ts';
import { NAMESPACES, type RequestForm, requestForms } from '../testing/request-forms.ts';
import type { RecordStore } from './record-reader.ts';

// However a request is written: the records that are read for its answer are the ones that were reviewed.

/** A record that was read, where its keys are. */
interface Read {
  readonly namespace: string;
  readonly recordName: string;
}

/** The API for a user with a right to everything in these namespaces; notes what it reads and asks. */
function startApi(allowed: readonly string[]) {
  const reads: Read[] = [];
  const reviews: RequestInfo[] = [];
  const store: RecordStore = {
    pods: async (namespace) => namesIn(namespace, 'podrecords'),
    destinations: async (namespace) => namesIn(namespace, 'destinationrecords'),
    async slots(namespace, names) {
      for (const recordName of names) reads.push({ namespace, recordName });
      return names.map(() => Buffer.from('record'));
    },
    notes: async (_, names) => names.map(() => null),
    keptSince: async () => 0,
    clock: { now: () => 0 },
  };
  const defaults = appDefaults();
  const checkAccess = createAccessCheck(
    async () => ({ name: 'tenant', groups: [] }),
    async (_user, info) => {
      reviews.push(info);
      return { allowed: info.kind === 'resource' && allowed.includes(info.namespace), reason: '' };
    },
    defaults.telemetry,
  );
  const groups = servedGroups(builtInCatalogue, { inCluster: true, external: false });
  const customMetrics = {
    catalogue: () => builtInCatalogue,
    find: async () => undefined,
    fallThrough: undefined,
    answered() {},
  };
  const app = createApp({
    ...defaults,
    checkAccess,
    groups: () => groups,
    ownGroups: () => groups,
    customMetrics,
    externalMetrics: undefined,
    records: { store },
  });
  return { app, reads, reviews };
}

/** Each namespace has the same records, and some are about all. */
function namesIn(namespace: string, resource: keyof typeof RECORD_NAMES): string[] {
  const named = RECORD_NAMES[resource].flatMap((name) => parseObjectName(resource, name) ?? []);
  const isAll = namespace === EVERYWHERE;
  if (!isAll && !NAMESPACES.includes(namespace)) return [];
  return named.filter(({ everywhere }) => everywhere === isAll).map(({ recordName }) => recordName);
}

/** Only records of the reviewed resource, namespace and name; without a name all of them, for a list. */
function assertReviewed(review: RequestInfo | undefined, read: Read, sent: string): void {
  assert.ok(review?.kind === 'resource' && review.group === 'activescale.io', sent);
  const { resource, subresource, verb, namespace, name } = review;
  assert.ok(resource === 'podrecords' || resource === 'destinationrecords', sent);
  assert.deepEqual([subresource, verb], ['', name === '' ? 'list' : 'get'], sent);
  const everywhere = read.namespace === EVERYWHERE;
  assert.ok(everywhere || read.namespace === namespace, `${sent}: read ${read.namespace}`);
  const readName = objectName(resource, { recordName: read.recordName, everywhere });
  assert.ok(readName !== undefined && (name === '' || name === readName), `${sent}: read ${readName}`);
}

async function assertReviewedIsRead(allowed: readonly string[], request: RequestForm): Promise<number> {
  const { app, reads, reviews } = startApi(allowed);
  const { status, body } = await ask(app, request);
  const sent = `${request.method} ${request.url}`;
  const [review] = reviews;
  assert.ok(reviews.length <= 1 && status < 500, `${sent}: ${status} ${body}`);
  for (const read of reads) assertReviewed(review, read, sent);
  const isAllowed = review?.kind === 'resource' && allowed.includes(review.namespace);
  if (!isAllowed) assert.deepEqual([reads, status === 200], [[], false], sent);
  if (status !== 200 || review?.kind !== 'resource' || review.group !== 'activescale.io') return status;
  assert.equal(request.method, 'GET', sent);
  const { items, ...one } = JSON.parse(body);
  for (const { metadata } of items ?? [one]) assert.equal(metadata.namespace, review.namespace, sent);
  return status;
}

const everywhere = ['', ...NAMESPACES, '*'];
/** Mostly all, because a request is refused before it is read. */
const allowed = fc.oneof({ weight: 3, arbitrary: fc.constant(everywhere) }, fc.subarray(everywhere));

test('the records that are read are the ones that were reviewed, however a request is written', async () => {
  const answers = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(allowed, recordForms, async (given, request) => {
      const status = await assertReviewedIsRead(given, request);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }),
    { numRuns: 3_000 },
  );
  for (const status of [200, 400, 403, 404, 405]) {
    const count = answers.get(status) ?? 0;
    assert.ok(count >= 20, `${status} only ${count} times of ${JSON.stringify([...answers])}`);
  }
});

test('a request for metrics reads no record in this way', async () => {
  await fc.assert(
    fc.asyncProperty(allowed, requestForms, async (given, request) => {
      await assertReviewedIsRead(given, request);
    }),
    { numRuns: 500 },
  );
});
