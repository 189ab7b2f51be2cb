export { connect } from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export type {
  RecordWrite,
  ServerFacts,
  Store,
  StoreClock,
  StoreOptions,
  StoreState,
  WriteFailure,
  WriteReport,
} from './types.ts';
