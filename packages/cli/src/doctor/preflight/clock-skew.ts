import { clockFindings, readClocks } from '../checks/clocks.ts';
import type { PreflightCheck } from './check.ts';

export const clockSkew: PreflightCheck = {
  name: 'clocks',
  async run({ client }) {
    const clocks = await readClocks(client, () => undefined);
    return { sound: 'kube-apiserver and this machine agree on the time', findings: clockFindings(clocks) };
  },
};
