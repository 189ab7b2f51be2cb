export { connect } from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export type {
  RecordWrite,
  RefusedCommand,
  SentinelOptions,
  ServerFacts,
  ServerInfo,
  Store,
  StoreClock,
  StoreOptions,
  StoreState,
  TlsFiles,
  WriteFailure,
  WriteReport,
} from './types.ts';
