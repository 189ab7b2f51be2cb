import { lowerPriority } from './lib/lower-priority.ts';

// Uses as much CPU time as an attacker can, without an attack: what honest clients wait for in its presence is no fault of
// the service. Ends when it is killed.
lowerPriority();
process.stdout.write('{"event":"busy"}\n', () => {
  for (;;);
});
