export { connect } from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export type {
  RecordWrite,
  RefusedCommand,
  ServerFacts,
  ServerInfo,
  Store,
  StoreClock,
  StoreOptions,
  StoreState,
  WriteFailure,
  WriteReport,
} from './types.ts';
