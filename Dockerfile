# One image for every service of ours: the Airflow processes, the cockpit, the command line.
# Build it with `docker compose build`; docs/deploy.md says how it is run.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    AIRFLOW_HOME=/var/lib/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/untagged/dags \
    UNTAGGED_CONFIG=/etc/untagged/untagged.yaml

# New volumes take over the owner of the folder they cover.
RUN useradd --uid 10001 --create-home --home-dir /home/untagged untagged \
    && install --directory --owner=untagged --group=untagged \
        /var/lib/airflow /var/lib/airflow/logs /var/lib/untagged /var/lib/untagged/journal

WORKDIR /opt/untagged
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: --requirement requirements.lock

# Owned by root: what runs cannot change what it runs.
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && python -m compileall -q alerts cases dags mentions nlp spiders untagged

USER untagged
ENTRYPOINT ["python", "-m"]
CMD ["untagged", "--help"]
