# A small image of the bot: `docker build -t burnin .`, then see config/compose.yaml.
# A desk whose own commands need more than Python (make, its scripts) builds FROM this image and adds them.

FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
 && python -m venv /opt/burnin \
 && /opt/burnin/bin/pip install --no-cache-dir /wheels/burnin-*.whl

FROM python:3.12-slim
# A number, so that a cluster can see that it is not root.
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/burnin burnin \
 && install --directory --owner=burnin --group=burnin /var/lib/burnin /var/lib/burnin/keys
COPY --from=build /opt/burnin /opt/burnin
COPY config/burnin.yaml /etc/burnin/burnin.yaml
ENV PATH=/opt/burnin/bin:$PATH \
    BURNIN_CONFIG=/etc/burnin/burnin.yaml \
    PYTHONUNBUFFERED=1
USER 10001
# Relative paths of the configuration are relative to this folder, so the ledger is on the volume.
WORKDIR /var/lib/burnin
VOLUME /var/lib/burnin
EXPOSE 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
ENTRYPOINT ["burnin"]
CMD ["run"]
