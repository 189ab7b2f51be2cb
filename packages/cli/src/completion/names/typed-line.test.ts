import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../command.ts';
import { doctorCommand } from '../../doctor/command.ts';
import { explainCommand } from '../../explain/command.ts';
import { inspectCommand } from '../../inspect/command.ts';
import { recommendCommand } from '../../recommend/command.ts';
import { whatIfCommand } from '../../what-if/command.ts';
import { askedBy } from './typed-line.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['explain', explainCommand],
  ['what-if', whatIfCommand],
  ['recommend', recommendCommand],
  ['inspect', inspectCommand],
  ['doctor', doctorCommand],
]);

/** `RESOURCE.VERSION of NAMESPACE: COMPLETED WORD`; the name is `*`. */
function asked(...line: readonly string[]): string | undefined {
  const names = askedBy(COMMANDS, line)?.names;
  if (names === undefined) return undefined;
  const { apiVersion, resource, scope, before, after } = names;
  const where = scope === 'cluster' ? 'the cluster' : (scope.namespace ?? 'the context');
  return `${resource}.${apiVersion} of ${where}: ${before}*${after}`;
}

test('explain and what-if name an HPA or what it scales, in one word or two', () => {
  for (const command of ['explain', 'what-if']) {
    assert.equal(asked(command, ''), 'horizontalpodautoscalers.autoscaling/v2 of the context: hpa/*');
    assert.equal(asked(command, 'hpa/w'), 'horizontalpodautoscalers.autoscaling/v2 of the context: hpa/*');
    assert.equal(asked(command, 'sts/'), 'statefulsets.apps/v1 of the context: sts/*');
    assert.equal(asked(command, '-n', 'shop', 'deploy', ''), 'deployments.apps/v1 of shop: *');
    assert.equal(asked(command, 'hpa/web', ''), undefined);
    assert.equal(asked(command, 'pod/'), undefined);
    assert.equal(asked(command, 'cronjob/'), undefined);
  }
});

test('recommend names a workload', () => {
  assert.equal(asked('recommend', ''), 'deployments.apps/v1 of the context: deploy/*');
  assert.equal(
    asked('recommend', '--for', '5m', 'rollout/'),
    'rollouts.argoproj.io/v1alpha1 of the context: rollout/*',
  );
  assert.equal(asked('recommend', 'deploy', ''), undefined);
});

test('inspect names first a namespace and then an object, unless the namespace is an option', () => {
  assert.equal(asked('inspect', ''), undefined);
  assert.equal(asked('inspect', 'pod', ''), 'namespaces.v1 of the cluster: */');
  assert.equal(asked('inspect', 'pod', 'shop/w'), 'pods.v1 of shop: shop/*');
  assert.equal(asked('inspect', 'svc/'), 'namespaces.v1 of the cluster: svc/*/');
  assert.equal(asked('inspect', 'svc/shop/'), 'services.v1 of shop: svc/shop/*');
  assert.equal(
    asked('inspect', '--namespace=shop', 'httproute', ''),
    'httproutes.gateway.networking.k8s.io/v1 of shop: *',
  );
  assert.equal(asked('inspect', 'pod', 'shop/web/', ''), undefined);
  assert.equal(asked('inspect', 'deploy', ''), undefined);
});

test('what cannot be a namespace is not asked for', () => {
  for (const namespace of ['..', 'a/b', '$(id)', 'UPPER']) {
    assert.equal(asked('inspect', 'pod', `${namespace}/`), undefined, namespace);
    assert.equal(asked('explain', '-n', namespace, 'hpa/'), undefined, namespace);
  }
});

test('a command without names, an unknown one and an empty line name nothing', () => {
  for (const line of [['doctor', ''], ['delete', ''], ['explain'], ['']])
    assert.equal(asked(...line), undefined);
});

test('words that bash has split are put together', () => {
  const line = ['explain', '--valkey-addr', '127.0.0.1', ':', '6379', '--namespace', '=', 'shop', 'hpa/'];
  assert.equal(asked(...line), 'horizontalpodautoscalers.autoscaling/v2 of shop: hpa/*');
  const cluster = askedBy(COMMANDS, ['explain', '--context', 'b', '--kubeconfig', 'a', ''])?.cluster;
  assert.deepEqual(cluster, { kubeconfig: 'a', context: 'b' });
});
