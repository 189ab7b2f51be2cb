# One file for both services:  docker build --build-arg SERVICE=ingest -t activescale-ingest .
#
# There is no build output: the sources are run as they are, only without their types, as Node would strip them itself.
# Node runs TypeScript everywhere but under node_modules, so the workspace keeps its layout (`pnpm deploy` would not).

# The Node of package.json. For a release by digest: --build-arg NODE_IMAGE=node@sha256:...
ARG NODE_IMAGE=node:26.10.0-trixie-slim

# No package has native code, so they are installed once for all platforms, without emulation.
FROM --platform=${BUILDPLATFORM} ${NODE_IMAGE} AS packages
ARG SERVICE
ENV CI=true
WORKDIR /activescale
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/kube/package.json packages/kube/
COPY packages/metrics/package.json packages/metrics/
COPY packages/protocol/package.json packages/protocol/
COPY packages/runtime/package.json packages/runtime/
COPY packages/store/package.json packages/store/
COPY services/${SERVICE}/package.json services/${SERVICE}/
# Optional packages are omitted: they are the Node of package.json for machines that have another. What pnpm notes
# about its run has the time in it and is no longer needed.
RUN npx --yes --package=pnpm@12.21.0 -- \
      pnpm install --prod --no-optional --frozen-lockfile --filter "@activescale/${SERVICE}..." \
 && rm -f node_modules/.modules.yaml node_modules/.pnpm-workspace-state*.json
COPY packages/kube packages/kube
COPY packages/metrics packages/metrics
COPY packages/protocol packages/protocol
COPY packages/runtime packages/runtime
COPY packages/store packages/store
COPY services/${SERVICE} services/${SERVICE}
COPY scripts/image scripts/image
COPY scripts/licences scripts/licences
# Done here, it saves each process the 28 MiB that Node's stripper takes.
RUN node --disable-warning=ExperimentalWarning scripts/image/strip-types.mjs packages services \
 && node scripts/licences/write.ts "activescale-${SERVICE}" "services/${SERVICE}" > THIRD_PARTY_LICENSES.txt \
 && rm -r scripts/licences

FROM ${NODE_IMAGE}
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="activescale-${SERVICE}" \
      org.opencontainers.image.description="Requests in flight, from Envoy to the HorizontalPodAutoscaler" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://git.example/activescale" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The commit is in the log, in --version and in activescale_build_info.
ENV NODE_ENV=production SERVICE=${SERVICE} ACTIVESCALE_COMMIT=${REVISION}
WORKDIR /activescale
COPY --from=packages /activescale ./
COPY LICENSE ./
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
# exec replaces the shell by node, so that node gets the signals. docs/benchmarks.md says what V8's flags are for.
CMD ["sh", "-c", "exec node --import ./scripts/image/load-stripped.mjs --heap-growing-percent=150 --max-semi-space-size=12 --no-allocation-site-pretenuring --external-memory-accounted-in-global-limit services/$SERVICE/src/main.ts"]
