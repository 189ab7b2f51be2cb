import { clockFindings, readClocks } from '../doctor/checks/clocks.ts';
import type { PreflightCheck } from './run.ts';

export const clockSkew: PreflightCheck = {
  name: 'clocks',
  async run({ client }) {
    const clocks = await readClocks(client, () => undefined);
    return { sound: 'kube-apiserver and this machine agree on the time', findings: clockFindings(clocks) };
  },
};
