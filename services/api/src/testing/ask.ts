import type { App } from '../app.ts';
import type { RawRequest } from '../http/exchange.ts';

/** A request of a client without a certificate, answered without a network. */
export async function ask(app: App, asked: string | Partial<RawRequest>) {
  const given = typeof asked === 'string' ? { url: asked } : asked;
  const { status, headers, body } = await app({
    method: 'GET',
    url: '/',
    headers: {},
    rawHeaders: [],
    certificate: undefined,
    address: '192.0.2.1',
    closed: Promise.resolve(),
    ...given,
  });
  return { status, headers, body: body.toString(), json: () => JSON.parse(body.toString()) };
}
