import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdOpen, until } from '@activescale/devkit';
import { startServices, untilInFlight } from '../demand/gateways.ts';
import { startStack } from '../stack.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';

test('inspect and top show the demand that a real gateway reports through ingest', {
  timeout: 120_000,
}, async () => {
  await using stack = await startStack({});
  const { query, ingest } = stack;
  await using services = await startServices('shop', ['web', 'idle']);
  await using gateway = await services.gateway('gw-0', ingest.grpcPort, '0.5s');
  await using _load = holdOpen({ port: gateway.port, path: '/web/hold', count: 4 });
  await untilInFlight(query, 'shop', 4, 'the gateway');
  const env: CliEnv = { VALKEY_ADDR: stack.valkey.addr };

  const { stdout, stderr } = await runCli(['inspect', 'service/shop/web'], env);
  assert.match(stdout, /^service web in shop: 4 requests in flight\b/, stderr);
  assert.match(stdout, /\n\S+\/gw-0\S* +80 +live +\d\.\d s +4 +0 /);
  assert.match(stdout, /\n +clusters +outbound\|80\|\|web\.shop\.svc\.cluster\.local\n/);
  const top = await runCli(['top', '-n', 'shop', '--demand'], env);
  assert.match(top.stdout, /\nservice\/web +1 +\d\.\d s +4 +0 /);
  const inspectNobody = ['inspect', 'service', 'shop/nobody'];
  const isZero = async () =>
    (await cliJson<{ total: { active?: number } }>(inspectNobody, env)).total.active === 0;
  // Not before Valkey has kept all records for METRIC_TTL.
  await until(isZero, { what: 'the proof of 0', deadline: 60_000, every: 2_000 });
  const proved = await runCli(['inspect', 'service/shop/web'], env);
  assert.match(
    proved.stdout,
    /^service web in shop: 4 requests in flight, 0 of them waiting for a connection\n/,
  );
});
