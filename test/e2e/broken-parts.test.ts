import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, test } from 'node:test';
import { FAULTS } from '../faults/lib/faults.ts';
import { runFault } from '../faults/lib/run-fault.ts';

// The short form of `npm run faults`: no answer is ever wrong, whatever breaks, and all is right again afterwards.

const sizes = {
  pods: { count: 40, namespaces: 4 },
  flush: 1_000,
  // Several stands share the machine: a process of one of them may wait some seconds for a CPU.
  transit: 4_000,
  hold: 2_500,
  settle: 5_000,
  deadline: 30_000,
};

// They wait for most of the time.
describe('broken parts', { concurrency: 2 * availableParallelism() }, () => {
  for (const fault of FAULTS) {
    test(fault.name, { timeout: 180_000 }, async (t) => {
      const { tally, recovery, wrongs } = await runFault(fault, sizes);
      const { answers, failed, items, missing, late } = tally;
      t.diagnostic(
        `${answers} lists requested, ${failed} not answered; of ${items} values ${missing} missing, ${late} late; right ${recovery} ms after it was over`,
      );
      assert.ok(items > 0);
      assert.deepEqual(wrongs, []);
      assert.ok(Number.isFinite(recovery), 'not right again by the deadline');
    });
  }
});
