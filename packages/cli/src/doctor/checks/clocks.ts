import type { KubeClient } from '@activescale/kube';
import type { RecordReader } from '../../records/reader.ts';
import { type DoctorContext, recordsOf } from '../context.ts';
import type { Check, Finding } from '../finding.ts';
import { NotChecked } from '../not-checked.ts';

/** The Date header has whole seconds, and a request takes time. In ms. */
const MAX_DIFFERENCE_MS = 3_000;

/** Differences between clocks that were read at about the same time, in ms. */
export interface Clocks {
  readonly kubernetes: number;
  /** undefined: Valkey was not given or is down. */
  readonly valkey: number | undefined;
  readonly here: number;
}

export const clocks: Check = {
  name: 'clocks',
  sound: 'Valkey, kube-apiserver and this machine agree on the time',
  async run(context) {
    const valkey = await valkeyOf(context);
    const now = await readClocks(context.client, () => valkey?.clock.now());
    const findings = clockFindings(now);
    if (findings.length === 0 && now.valkey === undefined)
      throw new NotChecked(
        "Valkey's clock was not read: set VALKEY_ADDR or --valkey-addr. kube-apiserver and this machine agree on the time",
      );
    return findings;
  },
};

/** undefined: its address was not given, or it is down. A time that comes through api is too old to compare. */
async function valkeyOf(context: DoctorContext): Promise<RecordReader | undefined> {
  if (!context.settings.given) return undefined;
  return recordsOf(context).catch((error: unknown) => {
    if (error instanceof NotChecked) return undefined;
    throw error;
  });
}

/** All at about the same time. @throws NotChecked */
export async function readClocks(client: KubeClient, valkey: () => number | undefined): Promise<Clocks> {
  const response = await client.stream('/version', {});
  const now = { here: Date.now(), valkey: valkey() };
  response.destroy();
  const date = Date.parse(response.headers.date ?? '');
  if (Number.isNaN(date)) throw new NotChecked('kube-apiserver sends no Date header');
  // The Date header has whole seconds: add half of one.
  return { ...now, kubernetes: date + 500 };
}

export function clockFindings({ kubernetes, valkey, here }: Clocks): Finding[] {
  const findings: Finding[] = [];
  const off = (time: number | undefined) => (time === undefined ? 0 : time - kubernetes);
  const text = (ms: number) =>
    `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? 'ahead of' : 'behind'} kube-apiserver`;
  if (Math.abs(off(valkey)) > MAX_DIFFERENCE_MS) {
    findings.push({
      code: 'ASC105',
      subject: "Valkey's clock",
      problem: `it is ${text(off(valkey))}: timestamps of metrics are wrong by as much, but freshness is not affected`,
      fix: "set the clock of Valkey's node with NTP",
    });
  }
  if (Math.abs(off(here)) > MAX_DIFFERENCE_MS) {
    findings.push({
      code: 'ASC106',
      subject: "this machine's clock",
      problem: `it is ${text(off(here))}: explain computes wrong times since the last scaling`,
      fix: 'set it with NTP',
    });
  }
  return findings;
}
