// Not the kubeconfig, because its library takes a second to load. It is in ./kube-config.ts,
// "@activescale/kube/config".
export { adoptedFrom } from './adopted.ts';
export { type AnswerCache, createAnswerCache } from './answer-cache.ts';
export { askedWorkloads } from './asked-workloads.ts';
export { createKubeClient, type KubeClient, KubeError, type KubeRequest } from './client/kube-client.ts';
export { createLogin, type Login } from './client/kube-login.ts';
export {
  createDestinationLookup,
  DESTINATIONS,
  type DestinationLookup,
  type DestinationObject,
  destinationOf,
  type FoundDestination,
  portTexts,
} from './destinations.ts';
export { formatGroupResource, type GroupResource, parseGroupResource } from './group-resource.ts';
export { canNameNamespace, canNameWorkload } from './names.ts';
export { createNamespaceLookup } from './namespace-lookup.ts';
export { ownedBy } from './own-pods.ts';
export { formatObjectKey, type ObjectKey, type Owner, type Ownership, ownerOf } from './owner.ts';
export {
  isGroup,
  type ObjectName,
  parseObjectName,
  parseResourceName,
  type ResourceName,
} from './resource-name.ts';
export { collectionPath, createKinds, type Kind } from './scalable-kinds.ts';
export { type ApiService, type BundleReport, bundleProblem, checkBundles } from './trust/bundle-check.ts';
export {
  type Chain,
  FOR_CLIENTS,
  FOR_SERVERS,
  isTrusted,
  readCertificates,
} from './trust/certificate-chain.ts';
export { type CertificateUser, certificateUser } from './trust/certificate-user.ts';
export { createWorkloadLookup, type FoundWorkload } from './workload-lookup.ts';
