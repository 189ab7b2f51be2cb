import {
  apiserverBinary,
  controllerManagerBinary,
  etcdBinary,
  kubectlBinary,
} from './control-plane-binaries.ts';

// Finds or builds the control plane ahead of the tests that need it, and prints where it is.
for (const find of [etcdBinary, apiserverBinary, controllerManagerBinary, kubectlBinary]) {
  process.stdout.write(`${await find()}\n`);
}
