import fc from 'fast-check';
import { method, namespace, type RequestForm, word } from './request-forms.ts';

/** The names of records in each namespace, as objects of the API. */
export const RECORD_NAMES = {
  podrecords: ['web-0', 'web-0@10.0.0.1'],
  destinationrecords: [
    'service:web:80:other:gateway',
    'rest:service:team-a:gateway',
    'everywhere:service:other:gateway',
  ],
} as const;

const recordResource = fc.constantFrom(...Object.keys(RECORD_NAMES), 'podrecord', 'PodRecords', 'pods');
const recordName = fc.constantFrom(
  ...Object.values(RECORD_NAMES).flat(),
  'web-1',
  '*',
  'web-0@10.0.0.1@x',
  '',
);
const recordShape = fc.oneof(
  fc.tuple(fc.constant('namespaces'), namespace, recordResource),
  fc.tuple(fc.constant('namespaces'), namespace, recordResource, recordName),
);
const changedRecordShape = fc
  .tuple(
    recordShape,
    fc.nat(4),
    fc.nat(2),
    fc.array(fc.oneof(word, recordResource, recordName), { maxLength: 2 }),
  )
  .map(([parts, at, removed, added]): readonly string[] => [...parts].toSpliced(at, removed, ...added));
const recordQuery = fc.constantFrom(
  '',
  '',
  '?limit=1',
  '?limit=500&subject=web-0',
  '?subject=rest/service&subject=service/web',
  '?watch=true',
  '?labelSelector=app%3Dweb',
  '?fieldSelector=metadata.name%3Dweb-0',
  '?limit=x',
  '?continue=x',
);

/** Questions about records, most of which are answered. */
export const recordForms: fc.Arbitrary<RequestForm> = fc
  .tuple(
    fc.oneof({ weight: 5, arbitrary: fc.constant('GET') }, method),
    fc.oneof({ weight: 2, arbitrary: recordShape }, changedRecordShape),
    fc.constantFrom('', '', '', 'proxy/', 'watch/'),
    recordQuery,
  )
  .map(([asked, parts, before, search]) => ({
    method: asked,
    url: `/apis/activescale.io/v1alpha1/${before}${parts.join('/')}${search}`,
  }));
