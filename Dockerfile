# A tag, so that every build has Debian's and Python's latest mends; for the same bytes again, name a digest:
# docker build --build-arg BASE=python:3.13-slim@sha256:... (docs/adr/0015-the-base-is-a-tag.md).
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv --without-pip /opt/venv \
 && pip install --quiet --target /opt/venv/lib/python3.13/site-packages --require-hashes -r /tmp/requirements.lock \
 && mv /opt/venv/lib/python3.13/site-packages/bin/dumb-init /opt/venv/bin/dumb-init \
 && rm -rf /opt/venv/lib/python3.13/site-packages/bin \
 && cd /opt/venv/lib/python3.13/site-packages \
 && find babel/locale-data -name '*.dat' ! -name 'root.dat' ! -name 'zh*' ! -name 'en*' -delete \
 && find . \( -name '*.c' -o -name '*.h' -o -name '*.pyx' -o -name '*.px[di]' -o -name '*.pyi' \) -delete \
 && rm -rf opencc/clib/bin opencc/clib/lib64 opencc/clib/include telegram/ext discord/ext discord/bin pydantic/v1 \
    regex/tests ziafont/fonts/DejaVuSans.ttf multidict/_testcapi* *.dist-info/sboms
COPY bot /opt/incoming/bot
COPY tests/image/bytecode.py /tmp/bytecode.py
# Bytecode is made here: the running container can write none, and without it a start costs seconds. Hashes instead of
# times, so that no layer can make it stale. The libraries' sources stay behind, a quarter of their size, and their
# docstrings, a tenth of what a bot has in memory.
RUN python -X no_debug_ranges /tmp/bytecode.py --alone /opt/venv/lib \
 && find /opt/venv/lib \( -name '*.py' -o -name __pycache__ \) -exec rm -rf {} + \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/incoming \
 && printf '#!/bin/sh\nexec /opt/venv/bin/python -m bot "$@"\n' > /opt/venv/bin/incoming \
 && chmod 755 /opt/venv/bin/incoming

FROM ${BASE}
RUN --mount=type=bind,source=tests/image/bytecode.py,target=/tmp/bytecode.py \
    python -X no_debug_ranges /tmp/bytecode.py "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
RUN mkdir /data && chown 10001:10001 /data
COPY --from=build /opt /opt
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/incoming PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    INCOMING_DATABASE=/data/incoming.db
USER 10001:10001
WORKDIR /data
VOLUME /data
# The loops touch a file beside the database while they turn; reading its age needs no Python.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD test $(( $(date +%s) - $(stat -c %Y "${INCOMING_DATABASE:-data/incoming.db}.alive") )) -lt 30
STOPSIGNAL SIGTERM
ENTRYPOINT ["dumb-init", "--", "incoming"]
CMD ["run"]
