import {
  builtInCatalogue,
  type Catalogue,
  demandHoldSetting,
  type IdleAsZero,
  idleAsZeroSetting,
  metricsFileSetting,
  verifyPodIpSetting,
} from '@activescale/metrics';
import { type CommonSettings, commonSettings, readSettings } from '@activescale/runtime';

/** The settings that determine how api reads samples; the CLI reads the same variables. */
export interface RecordSettings extends Pick<CommonSettings, 'valkey' | 'keyPrefix' | 'metricTtl'> {
  /** Whether an address of Valkey was given. */
  readonly given: boolean;
  readonly catalogue: Catalogue;
  readonly idleAsZero: IdleAsZero;
  readonly verifyPodIp: boolean;
  /** How long a rejected request counts, in ms. */
  readonly demandHold: number;
}

/**
 * @param address replaces VALKEY_ADDR
 * @throws SettingsError with every problem
 */
export function readRecordSettings(
  env: Readonly<Record<string, string | undefined>>,
  address?: string,
): RecordSettings {
  const given = address ?? (env.VALKEY_ADDR || env.REDIS_ADDR);
  const withAddress = {
    ...env,
    ...(address !== undefined && { VALKEY_ADDR: address, REDIS_ADDR: undefined }),
  };
  return readSettings(withAddress, (read) => {
    const { valkey, keyPrefix, metricTtl } = commonSettings(read);
    return {
      valkey,
      keyPrefix,
      metricTtl,
      given: given !== undefined,
      catalogue: metricsFileSetting(read)?.catalogue ?? builtInCatalogue,
      idleAsZero: idleAsZeroSetting(read),
      verifyPodIp: verifyPodIpSetting(read),
      demandHold: demandHoldSetting(read),
    };
  });
}
