# The image holds one bundle and the Node binary of the lockfile, nothing else of ours. Both bases are arguments: the
# build needs npm, the runtime glibc and libstdc++ (any Debian, or a distroless image with C++ libraries).
ARG BUILD_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY src ./src
# npm run puts the pinned Node first on the path, so this copies the very version that the tests ran on.
RUN npm run --silent build && cp "$(readlink -f node_modules/.bin/node)" /build/node

FROM ${RUNTIME_IMAGE}
COPY --from=build /build/node /usr/local/bin/node
COPY --from=build /build/dist /opt/spiffe-webhook
# No name is looked up and nothing is written: any user will do, and a read-only root.
USER 65532:65532
# One allocation arena: glibc gives each of Node's threads its own, ten megabytes that are never used again.
ENV MALLOC_ARENA_MAX=1
# Reviews are short-lived: a small young generation is collected sooner, and keeps the memory of the pod low.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=2", "/opt/spiffe-webhook/spiffe-webhook.mjs"]
CMD ["serve"]
