import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adoptedFrom } from './adopted.ts';
import type { ObjectKey } from './owner.ts';

const web = deployment('web');
const canary = deployment('canary');
const old = deployment('old');
const job: ObjectKey = { group: 'batch', kind: 'Job', name: 'old' };
const rollout: ObjectKey = { group: 'argoproj.io', kind: 'Rollout', name: 'old' };

function deployment(name: string): ObjectKey {
  return { group: 'apps', kind: 'Deployment', name };
}

/** Asks where these exist and no others, and notes whose existence was asked for. */
async function ask(object: ObjectKey, workloads: readonly ObjectKey[], ...there: readonly ObjectKey[]) {
  const asked: ObjectKey[] = [];
  const adopted = await adoptedFrom([object], workloads, async (workload) => {
    asked.push(workload);
    return there.includes(workload);
  });
  return { adopted, asked };
}

test('the pods of a Deployment that is gone are those of the one that selects them now', async () => {
  assert.deepEqual(await ask(web, [web, canary, old], canary), { adopted: [old], asked: [canary, old] });
  assert.deepEqual((await ask(web, [canary], canary)).adopted, []);
});

test('only ReplicaSets are adopted, and by their own kind of workload', async () => {
  assert.deepEqual(await ask(web, [job, rollout]), { adopted: [], asked: [] });
  assert.deepEqual((await ask({ ...rollout, name: 'web' }, [rollout, old])).adopted, [rollout]);
  assert.deepEqual(await ask({ group: 'apps', kind: 'StatefulSet', name: 'web' }, [old]), {
    adopted: [],
    asked: [],
  });
});
