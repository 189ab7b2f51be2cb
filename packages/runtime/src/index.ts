export { type Admin, type AdminOptions, startAdmin } from './admin.ts';
export { answerProbe, type HealthAnswer, type HealthCheck, type Probe } from './health.ts';
export { type ProcessOptions, type Running, runProcess } from './lifecycle.ts';
export { createLogger, type Logger } from './logger.ts';
export { type Closable, createParts, type Parts } from './parts.ts';
export { type CommonSettings, commonSettings, type ValkeySettings } from './settings/common.ts';
export { type Address, parseDuration } from './settings/parse.ts';
export { type DefineSettings, describeSettings, readSettings, SettingsError } from './settings/read.ts';
export type { SettingDescription, SettingsReader } from './settings/reader.ts';
