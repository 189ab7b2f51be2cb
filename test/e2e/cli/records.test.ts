import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  constantRate,
  startEnvoy,
  startIngest,
  startUpstream,
  startValkey,
  until,
  type Valkey,
} from '@activescale/devkit';
import { encodeMessage } from '@activescale/protocol/testing';
import { openStream } from '../client.ts';
import { capture } from './captures.ts';
import { type CliEnv, cliJson, runCli } from './run-cli.ts';

// What inspect and top show of a real Envoy's pushes.

const started = new AsyncDisposableStack();
/** All that a terminal obeys or hides, but for line breaks. */
const HIDDEN = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

let valkey: Valkey;
let env: CliEnv;

interface Row {
  readonly name: string;
  readonly state: string;
  readonly active?: number;
  readonly perSecond?: number;
}

before(async () => {
  valkey = started.use(await startValkey());
  env = { VALKEY_ADDR: valkey.addr };
  const ingest = started.use(await startIngest({ VALKEY_ADDR: valkey.addr }));
  const upstream = await startUpstream();
  started.defer(() => upstream.stop());
  const envoy = await startEnvoy({
    pod: 'web-1',
    namespace: 'shop',
    labels: { app: 'web' },
    sinkPort: ingest.grpcPort,
    upstreamPort: upstream.port,
    flush: '1s',
  });
  started.defer(() => envoy.stop());
  const load = constantRate({ port: envoy.port, perSecond: 10 });
  started.defer(async () => void (await load.stop()));
  const counted = async () => {
    const rows = await cliJson<Row[]>(['top', '-n', 'shop'], env);
    return rows.some(({ state, perSecond = 0 }) => state === 'live' && perSecond > 0);
  };
  await until(counted, { what: 'requests to be counted', deadline: 60_000, every: 500 });
});
after(() => started.disposeAsync());

test('top shows the pod that pushes, as a table and as JSON', async () => {
  const { code, stdout } = await runCli(['top', '-n', 'shop'], env);
  assert.equal(code, 0);
  assert.match(stdout, /^POD +STATE +AGE +ACTIVE +MEAN 1M +PER S +P95 S +ERRORS\nweb-1 +live +\d\.\d s +\d/);
  assert.match(stdout, /\n1 pods in shop, \d requests in flight\n$/);
  assert.match((await runCli(['top', '-n', 'none'], env)).stdout, /^no pod in none has a record\n$/);
});

test('top and inspect fit into terminals of 44, 80 and 160 columns, and nothing is cut', async () => {
  await capture('top', ['top', '-n', 'shop'], env);
  await capture('inspect', ['inspect', 'pod', 'shop/web-1'], env);
});

test('inspect shows all of the record: who the pod is, its scopes, and its slots', async () => {
  const { code, stdout, stderr } = await runCli(['inspect', 'pod', 'shop/web-1'], env);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^pod web-1 in shop\n/);
  assert.match(stdout, /key +activescale:\{shop\}:slots:web-1 \(\d+ bytes\)/);
  assert.match(stdout, /arrival +\S+Z, \d\.\d s ago, fresh for \d+\.\d s more/);
  assert.match(stdout, /state +live/);
  assert.match(stdout, /labels +app=web/);
  assert.match(stdout, /scope inbound_0\.0\.0\.0_8080\n/);
  assert.match(stdout, /started +\d+\n/);
  assert.match(stdout, /bucket bounds +0\.5 1 5 10 25 /);
  const { record } = await cliJson<{ record: { slots: { started: number }[] } }>(
    ['inspect', 'pod/web-1', '-n', 'shop'],
    env,
  );
  assert.ok(record.slots.some(({ started }) => started > 0));
});

test('a pod without a record, a Valkey that is away and a command that makes no sense end with what is at fault', async () => {
  const fails = async (code: number, message: RegExp, args: readonly string[], more: CliEnv = env) => {
    const result = await runCli(args, more);
    assert.match(result.stderr, message);
    assert.deepEqual([result.code, result.stdout], [code, '']);
  };
  await fails(1, /no key activescale:\{shop\}:slots:web-9: the pod has not pushed/, [
    'inspect',
    'pod',
    'shop/web-9',
  ]);
  await fails(1, /Valkey at 127\.0\.0\.1:1: .*ECONNREFUSED/, [
    'top',
    '-n',
    'shop',
    '--valkey-addr',
    '127.0.0.1:1',
  ]);
  await fails(2, /the kubeconfig cannot be read/, ['top', '-n', 'shop'], { KUBECONFIG: '/nowhere' });
  await fails(2, /-n NAMESPACE is missing/, ['top']);
  await fails(2, /expected pod, service, httproute or grpcroute NAMESPACE\/NAME/, ['inspect', 'shop/web-1']);
  await fails(2, /contradict each other/, ['inspect', 'pod', 'shop/web-1', '-n', 'other']);
  await fails(2, /--output "xml": expected human or json/, ['top', '-n', 'shop', '-o', 'xml']);
  await fails(2, /VALKEY_ADDR="nonsense": expected host:port/, ['top', '-n', 'shop'], {
    VALKEY_ADDR: 'nonsense',
  });
  await fails(2, /"cronjob\/web": expected hpa\/NAME, or a workload/, ['explain', 'cronjob/web']);
  await fails(2, /--kubeconfig "\/nowhere" cannot be read/, [
    'explain',
    'hpa/web',
    '--kubeconfig',
    '/nowhere',
  ]);
  await fails(
    2,
    /^activescale: unknown command "explian"; did you mean "explain"\?\nSee activescale --help\n$/,
    ['explian'],
  );
});

test("a pod that names itself with terminal sequences acts on nobody's terminal", async () => {
  const ESC = '\x1b';
  const address = { VALKEY_ADDR: valkey.addr, KEY_PREFIX: 'hostile' };
  await using ingest = await startIngest(address);
  await using stream = openStream(ingest.grpcPort);
  const message = encodeMessage({
    node: {
      id: 'sidecar~10.1.0.7~web-1.shop~shop.svc.cluster.local',
      metadata: {
        WORKLOAD_NAME: `web${ESC}]0;pwned\x07`,
        LABELS: { app: `web${ESC}[31m\u202e\n  state  live` },
      },
    },
    timestamp: Date.now(),
    families: [{ name: `http.inbound_${ESC}[2J0.0.0.0_8080;.downstream_rq_active`, gauge: 1 }],
  });
  stream.push(message);
  const inspected = () => runCli(['inspect', 'pod', 'shop/web-1'], address);
  await until(async () => (await inspected()).code === 0, { what: 'the record to be written', every: 200 });
  const { stdout } = await inspected();
  assert.doesNotMatch(stdout, HIDDEN);
  assert.match(stdout, /workload +web\ufffd\]0;pwned\ufffd\n/);
  assert.match(stdout, /labels +app=web\ufffd\[31m\ufffd {3}state {2}live\n/);
  const { record } = await cliJson<{ record: { workload: string } }>(
    ['inspect', 'pod', 'shop/web-1'],
    address,
  );
  assert.equal(record.workload, `web${ESC}]0;pwned\x07`);
  const lost = await runCli(['inspect', 'pod', `shop/${ESC}[31m`], address);
  assert.deepEqual([lost.code, HIDDEN.test(lost.stderr)], [1, false]);
});

test('the name of a property of every object is no command', async () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    for (const args of [[name], [name, '--help']]) {
      const { code, stdout, stderr } = await runCli(args, {});
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, new RegExp(`^activescale: unknown command "${name}"\n`));
    }
  }
});

test('help is on stdout and no error', async () => {
  const { code, stdout } = await runCli(['--help'], {});
  assert.equal(code, 0);
  for (const command of ['explain', 'doctor', 'inspect', 'top', 'hpa']) {
    assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    const help = await runCli([command, '--help'], {});
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`^activescale ${command} `));
  }
});
