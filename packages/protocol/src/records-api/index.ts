export { continueAfter, parseContinue } from './continue.ts';
export { type NamedRecord, objectName, parseObjectName, subjectOfRecord } from './names.ts';
export {
  encodeRecord,
  encodeRecordList,
  MAX_RECORDS,
  MAX_SUBJECTS,
  RECORD_KINDS,
  RECORDS_GROUP,
  RECORDS_VERSION,
  type RecordObject,
  type RecordPage,
  type RecordResource,
} from './objects.ts';
