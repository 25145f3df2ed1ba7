# One image for every role of the service and for the simulator:
#   docker build -t streamstop .
# The whole test suite on this image's Node.js:
#   docker build --target test -t streamstop-test . && docker run --rm --init streamstop-test

FROM node:24-trixie-slim AS development
ENV NPM_CONFIG_AUDIT=false NPM_CONFIG_FUND=false NPM_CONFIG_UPDATE_NOTIFIER=false
# Owned by the user, because the test runner writes its cache next to the packages.
RUN install -d -o node -g node /app
WORKDIR /app
USER node

# Before the sources, so that a change of the sources does not install the packages again.
FROM development AS packages
COPY --chown=node:node .npmrc package.json package-lock.json ./
RUN --mount=type=cache,target=/home/node/.npm,uid=1000,gid=1000 npm ci

FROM development AS production-packages
COPY --chown=node:node .npmrc package.json package-lock.json ./
# `--omit=optional`, because npm otherwise installs TypeScript and gRPC as optional peers. Nothing needed is lost: msgpackr
# works without its native part.
RUN --mount=type=cache,target=/home/node/.npm,uid=1000,gid=1000 npm ci --omit=dev --omit=optional

FROM packages AS build
COPY --chown=node:node nest-cli.json tsconfig.json tsconfig.build.json ./
COPY --chown=node:node src src
RUN npm run build

# The tests fetch a Redis from Debian's packages, or use REDIS_URL. Those of the operators' page use Chromium, those of `deploy`
# promtool, Prometheus, Alertmanager and kubectl. Without one of these they are skipped.
FROM packages AS test
USER root
RUN apt-get update && \
  apt-get install -y --no-install-recommends chromium prometheus prometheus-alertmanager kubernetes-client && \
  rm -rf /var/lib/apt/lists/*
USER node
COPY --chown=node:node . .
CMD ["npm", "test"]

FROM node:24-trixie-slim AS production
LABEL org.opencontainers.image.title="streamstop" \
      org.opencontainers.image.description="Stops media streams on live SignalWire calls: queued, retried, proven." \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
WORKDIR /app
# Owned by root: the process cannot change its own program.
COPY package.json LICENSE ./
COPY --from=production-packages /app/node_modules node_modules
COPY --from=build /app/dist dist
# By number, so that Kubernetes can see that it is not root.
USER 1000:1000
EXPOSE 3000 3001 3002
# bash's own sockets rather than a Node.js process every few seconds.
HEALTHCHECK --interval=5s --timeout=3s --start-period=15s --retries=3 CMD ["bash", "-c", "\
  case ${ROLES:-api} in *api*) port=${PORT:-3000} ;; *) port=${METRICS_PORT:-3002} ;; esac; \
  case ${LISTEN_ADDRESS:-::} in ::|0.0.0.0) host=127.0.0.1 ;; *) host=$LISTEN_ADDRESS ;; esac; \
  case ${ROLES:-api}:$API_KEYS$API_KEYS_FILE in *api*:) host=127.0.0.1 ;; esac; \
  exec 3<>/dev/tcp/$host/$port && printf 'GET /health/ready HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && \
  read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
CMD ["node", "dist/main.js"]
