/** The sorted names in the stats of a proxy: of its clusters, and of its HTTP connection managers. */
export interface ProxyNames {
  readonly clusters: readonly string[];
  readonly managers: readonly string[];
}
