FROM node:22-slim AS graphiql
WORKDIR /build
COPY gateway/graphiql/package.json gateway/graphiql/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY gateway/graphiql/ ./
RUN npm run build

FROM python:3.11-slim AS libraries
COPY requirements.lock ./
RUN python -m venv /venv
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 gateway && install --directory --owner=gateway --mode=700 /keys
WORKDIR /gateway
COPY --from=libraries /venv /venv
COPY completion/ completion/
COPY domain/ domain/
COPY events/ events/
COPY persistence/ persistence/
COPY loaders/ loaders/
COPY resolvers/ resolvers/
COPY schema/ schema/
COPY gateway/ gateway/
COPY --from=graphiql /build/dist/ gateway/graphiql/dist/
RUN /venv/bin/python -m compileall -q /gateway

ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GATEWAY_MODE=production \
    GATEWAY_HOST=0.0.0.0 \
    GATEWAY_PORT=8000 \
    GATEWAY_KEYS_DIR=/keys
USER gateway
EXPOSE 8000
VOLUME /keys
ENTRYPOINT ["python", "-m", "gateway"]
CMD ["serve", "--workers", "2"]
