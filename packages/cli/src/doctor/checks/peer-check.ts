import type { ComponentSettings } from '../component-settings.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';
import { API } from './api-services.ts';
import { INGEST } from './ingest.ts';

/** Two settings of two services that must agree: whether the keys of records contain addresses. */
export const peerCheck: Check = {
  name: 'peer check',
  sound: 'ingest and api use the same keys for records',
  async run(context) {
    const [ingest, api] = [await context.component(INGEST), await context.component(API)];
    if (ingest === undefined || api === undefined)
      throw new NotChecked(
        `the Deployments ${INGEST} and ${API} in ${context.installNamespace} cannot be read`,
      );
    return peerFindings(ingest, api);
  },
};

function peerFindings(ingest: ComponentSettings, api: ComponentSettings): Finding[] {
  const byAddress = ingest.get('PEER_CHECK') === 'address';
  const verified = api.get('VERIFY_POD_IP') === 'true';
  if (byAddress === verified) return [];
  const problem = byAddress
    ? 'ingest stores records by address (PEER_CHECK=address), but api reads them by name'
    : 'api reads records by address (VERIFY_POD_IP=true), but ingest stores them by name';
  const fix = 'set PEER_CHECK=address and VERIFY_POD_IP=true together, or neither (docs/security.md)';
  return [{ code: 'ASC204', subject: `Deployments ${INGEST} and ${API}`, problem, fix }];
}
