import { constants, setPriority } from 'node:os';

// Uses as much CPU time as an attacker can, without an attack: what honest clients wait for in its presence is no fault of
// the service. Ends when it is killed.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
process.stdout.write('{"event":"busy"}\n', () => {
  for (;;);
});
