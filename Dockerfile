# The service and its tools on one image: no build step, Node runs the TypeScript files as they are.
# The tag is the version of the `node` package in package.json (test/app/compose-file.test.ts).
FROM node:24.21.0-bookworm-slim

ENV NODE_ENV=production
# Memory that is freed goes back to the system; the defaults keep twice as much (dev/programs.ts).
ENV NODE_OPTIONS=--max-semi-space-size=8 MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 MALLOC_MMAP_THRESHOLD_=32768
WORKDIR /app

# No package needs its install script in production: Temporal's native module is shipped ready-made in its package.
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force

# By name, as in .dockerignore: a key or a dump that lies about is in no image.
COPY main.ts ./
COPY activities ./activities
COPY api ./api
COPY app ./app
COPY brands ./brands
COPY channels ./channels
COPY cli ./cli
COPY codec ./codec
COPY commands ./commands
COPY db ./db
COPY demo ./demo
COPY domain ./domain
COPY engine ./engine
COPY ingest ./ingest
COPY journeys ./journeys
COPY kit ./kit
COPY locales ./locales
COPY migrations ./migrations
COPY pages ./pages
COPY queries ./queries
COPY rules ./rules
COPY telemetry ./telemetry
COPY templates ./templates
COPY vonage ./vonage
COPY workflows ./workflows

# The workflow code as workers run it, plain and for encrypted payloads: a worker that has to make it needs 240 MB more.
RUN node app/runtime/bundle-workflows.ts && node app/runtime/bundle-workflows.ts --encode-failures

# TypeScript without its types: a process that has to take them out needs 11 MB more in each thread.
RUN node app/runtime/strip-types.mjs

# Where the fake Vonage of docker-compose.yml keeps its key: a volume mounted here belongs to the user below.
RUN mkdir -p /vonage && chown node:node /vonage
USER node

# The API, and the port of operators, which listens on loopback unless OPS_HOST says otherwise.
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
# For the API. A worker has no port: docker-compose.yml switches the check off there.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8080) + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "--import", "./app/runtime/stripped-types.mjs"]
CMD ["main.ts", "api", "worker"]
