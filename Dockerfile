# The engine as an image: `kazasu worker`, `kazasu gateway`, `kazasu status`, `kazasu migrate`.
FROM node:24-bookworm-slim AS build
WORKDIR /kazasu
COPY package.json package-lock.json ./
# npm requires every workspace; the image needs none of their links.
COPY protocol/package.json protocol/
COPY pki/package.json pki/
COPY client/app/package.json client/app/
COPY client/relying-party/package.json client/relying-party/
COPY client/engine/package.json client/engine/
COPY sandbox/package.json sandbox/
COPY simulators/my-number-card/package.json simulators/my-number-card/
RUN npm ci --no-audit --no-fund
COPY . .
# The sandbox, the simulators and the dependencies of the workspaces are not part of an installation.
RUN node bin/build.mjs && npm pkg delete workspaces && npm prune --omit=dev --no-audit --no-fund && \
    rm -rf dist/.tsbuildinfo dist/sandbox dist/cli/phone.js dist/simulators dist/bench dist/pages/bank dist/pages/phone dist/pages/town-hall

FROM node:24-bookworm-slim
ENV NODE_ENV=production KAZASU_KEYS=/var/lib/kazasu/keys KAZASU_JOURNAL=/var/lib/kazasu/journal \
    KAZASU_CHECKPOINTS=/var/lib/kazasu/checkpoints
WORKDIR /kazasu
COPY --from=build /kazasu/package.json /kazasu/LICENSE* ./
COPY --from=build /kazasu/bin ./bin
COPY --from=build /kazasu/node_modules ./node_modules
COPY --from=build /kazasu/dist ./dist
# Created here, so that volumes mounted over them belong to the user that writes them.
RUN install -d -m 0700 -o node -g node /var/lib/kazasu/keys /var/lib/kazasu/journal \
    /var/lib/kazasu/checkpoints
USER node
ENTRYPOINT ["node", "bin/kazasu.mjs"]
CMD ["--help"]
