# docker build -t hoixa .        The service with its content and its voice; no torch.
# docker build -t hoixa --build-arg EXTRAS=speak,chat .
# docker build -t hoixa --build-arg EXTRAS=speak,models,voice --build-arg TORCH_FLAGS="--index-url …" .

# Python as tested: constraints.txt is made with this release.
FROM python:3.11-slim-bookworm AS build
ARG EXTRAS="speak"
ARG TORCH_FLAGS=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
RUN python -m venv /opt/hoixa
COPY constraints.txt ./
RUN case ",$EXTRAS," in *,models,*|*,voice,*) \
      /opt/hoixa/bin/python -m pip install --constraint constraints.txt $TORCH_FLAGS torch;; esac
RUN case ",$EXTRAS," in *,voice,*) \
      /opt/hoixa/bin/python -m pip install --constraint constraints.txt --no-deps openai-whisper;; esac
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY ingest ingest
COPY knowledge_base knowledge_base
COPY qr qr
RUN /opt/hoixa/bin/python -m pip wheel --no-deps --wheel-dir dist . \
 && wheel=$(echo dist/hoixa-*.whl) \
 && /opt/hoixa/bin/python -m pip install --constraint constraints.txt "$wheel${EXTRAS:+[$EXTRAS]}"

FROM python:3.11-slim-bookworm
# reads scans and photographs that staff bring
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-vie \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 hoixa \
 && useradd --no-log-init --uid 10001 --gid hoixa --home-dir /data --shell /usr/sbin/nologin hoixa \
 && install -d -o hoixa -g hoixa /data
COPY --from=build /opt/hoixa /opt/hoixa
ENV PATH=/opt/hoixa/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    MKL_NUM_THREADS=1 \
    TOKENIZERS_PARALLELISM=false
WORKDIR /data
VOLUME /data
USER hoixa
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '8000') + '/health/live', timeout=4)"]
# A failed ingest leaves the last index; the service then answers from that, and says what failed.
CMD ["sh", "-c", "hoixa ingest; exec hoixa serve"]
