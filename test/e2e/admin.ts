/** What a service says of itself on its admin port. */
export interface Probe {
  readonly status: number;
  readonly body: string;
}

export async function probe(service: { readonly adminPort: number }, path: string): Promise<Probe> {
  const response = await fetch(`http://127.0.0.1:${service.adminPort}${path}`);
  return { status: response.status, body: await response.text() };
}

/**
 * One sample of /metrics, e.g. `activescale_ingest_refused_total{reason="malformed"}`; 0 where there is none yet.
 */
export async function metric(service: { readonly adminPort: number }, sample: string): Promise<number> {
  const { body } = await probe(service, '/metrics');
  const line = body.split('\n').find((each) => each.startsWith(`${sample} `));
  return line === undefined ? 0 : Number(line.slice(sample.length + 1));
}

/** Resident memory in MB. */
export async function residentMegabytes(service: { readonly adminPort: number }): Promise<number> {
  return (await metric(service, 'process_resident_memory_bytes')) / 1e6;
}
