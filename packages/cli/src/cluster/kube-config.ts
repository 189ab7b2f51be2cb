// The one part of client-node that the CLI uses. A bundle drops the others, which it would not if `import()` named client-node.
export { KubeConfig } from '@kubernetes/client-node';
