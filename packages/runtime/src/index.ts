export { type Admin, type AdminOptions, type MetricsText, startAdmin } from './admin.ts';
export { type Build, exposeBuild, readBuild } from './build.ts';
export { coalesce } from './coalesce.ts';
export {
  answerProbe,
  type HealthAnswer,
  type HealthCheck,
  type Probe,
  readyCheck,
  shutdownCheck,
} from './health.ts';
export { type ProcessOptions, type Running, runProcess } from './lifecycle.ts';
export { type ConnectionLimits, limitConnections } from './limits/connection-limit.ts';
export { destroyConnection } from './limits/destroy-connection.ts';
export { createFairQueue, type FairQueue } from './limits/fair-queue.ts';
export { type HandshakePacing, paceHandshakes } from './limits/paced-handshakes.ts';
export { createRateLimit, type Rate, type RateLimit } from './limits/rate-limit.ts';
export { createTurns, type Turns } from './limits/turns.ts';
export { createLogRate } from './log-rate.ts';
export { createLogger, flushed, type Logger } from './logger.ts';
export { type Closable, createParts, type Parts } from './parts.ts';
export { type Reloaded, type ReloadOptions, startReload } from './reload.ts';
export { type CommonSettings, commonSettings } from './settings/common.ts';
export { type Address, parseDuration } from './settings/parse.ts';
export {
  type DefineSettings,
  describeSettings,
  effectiveSettings,
  readSettings,
  SettingsError,
} from './settings/read.ts';
export type { SettingDescription, SettingsReader } from './settings/reader.ts';
export type { SentinelSettings } from './settings/sentinel.ts';
export type { TlsSettings } from './settings/tls.ts';
export { type ValkeySettings, valkeyWarnings } from './settings/valkey.ts';
export { suggestion } from './suggest.ts';
export { startSummary } from './summary.ts';
