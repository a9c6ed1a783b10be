# `npm run image` builds this file, with Docker or without.

FROM docker.io/library/node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Install scripts are of use on a developer's machine only: they fetch the Node that this image brings already.
# Two optional loans from the host: the user's npm settings, and authorities that a proxy of the host's network needs.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=secret,id=authorities,target=/run/secrets/authorities \
    NODE_EXTRA_CA_CERTS=/run/secrets/authorities npm ci --ignore-scripts --no-audit --no-fund --prefer-offline
COPY . .
RUN npm run build

# Node and the libraries that it is linked to; no shell, no package manager.
FROM gcr.io/distroless/nodejs24-debian12:nonroot
COPY --from=build /build/dist/ /app/
# grpc-js writes plain lines to standard error otherwise, between the operator's own.
ENV NODE_ENV=production GRPC_VERBOSITY=NONE
USER 65532:65532
WORKDIR /
# The Jobs run the same image with their own command: /nodejs/bin/node /app/agent.cjs.
# It waits most of the time: a smaller heap is worth more than the last bit of speed.
ENTRYPOINT ["/nodejs/bin/node", "--optimize-for-size", "/app/operator.cjs"]
