# `make demo` and `make test` are all that a fresh clone needs; both install what they use into .venv.
SHELL := /bin/sh
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Debian has Python's ensurepip in a package of its own: where that is missing, pip puts itself into the environment.
NO_ENSUREPIP = { $(PY) -m venv --clear --without-pip $(VENV) && $(PY) -m pip --python $(BIN)/python install -q pip; }
IMAGE ?= incoming:local

.PHONY: demo test check lint types contracts format docs picture lock audit image image-test sbom bench-kills bench-telegram bench-hostile bench-rounds bench-idle bench-idle-container bench bench-reading bench-throughput bench-fanout bench-store fuzz clean

# LANGUAGE counts where it is given to make: in the environment it belongs to gettext.
demo: $(STAMP)
	$(BIN)/incoming demo $(if $(FOR),--for $(FOR)) $(if $(filter command,$(firstword $(origin LANGUAGE))),--language $(LANGUAGE))

test: $(STAMP)
	$(BIN)/python -m pytest $(ARGS)

check: lint types contracts

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

contracts: $(STAMP)
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# docs/readers.md and docs/grafana.json are made from the code, docs/conversation*.md by playing it.
docs: $(STAMP)
	$(BIN)/python -m tests.generated
	WRITE_DOCS=1 $(BIN)/python -m pytest -n 0 tests/acceptance/test_conversation.py

# The README's pictures, drawn by Debian's Chromium from docs/sample, and the operators', of a made-up month.
picture: $(STAMP)
	$(BIN)/python -m tests.picture
	$(BIN)/python -m tests.status_picture >/dev/null

# The locks carry hashes and no addresses; pip and uv check every file against them.
$(STAMP): requirements.lock requirements-dev.lock pyproject.toml
	@echo "installing into $(VENV): about a minute, the first time"
	@test -x $(BIN)/pip || if command -v uv >/dev/null 2>&1; then uv venv -q --seed --python $(PY) $(VENV); \
	else $(PY) -m venv $(VENV) >/dev/null || $(NO_ENSUREPIP); fi
	@if command -v uv >/dev/null 2>&1; then \
		uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements-dev.lock; \
	else \
		$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock; \
	fi
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lock:
	uv pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header -o requirements.lock
	uv pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header -o requirements-dev.lock

# Known vulnerabilities of what the lock names. Where the advisory service cannot be asked, that is said, and the list in
# docs/advisories.md stands in: it is no "none".
audit: $(STAMP)
	@test -x $(VENV)/audit/bin/pip-audit || { $(PY) -m venv $(VENV)/audit && $(VENV)/audit/bin/pip install -q \
		--disable-pip-version-check pip-audit; } || echo "pip-audit cannot be installed here" >&2
	@$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock || { echo \
		"findings above; or, where it says that it could not be asked or found nothing: NOT AUDITED, only compared" >&2; \
		$(BIN)/python -m tests.advisories; exit 1; }

# What is in the image, as CycloneDX: the lock's packages with their hashes, and Debian's.
sbom: $(STAMP)
	@mkdir -p build
	$(BIN)/python -m tests.image.sbom $(IMAGE) > build/sbom.json
	@echo "wrote build/sbom.json"

image:
	docker build --network host -t $(IMAGE) .

image-test: $(STAMP) image
	INCOMING_IMAGE=$(IMAGE) $(BIN)/python -m pytest tests/image -n 0

# SIGKILL to the real program a thousand times, on both platforms, and at each await from fetch to record: ten minutes.
bench-kills: $(STAMP)
	$(BIN)/python -m benchmarks.kills --kills $(or $(KILLS),1000)
	EVERY_AWAIT=1 $(BIN)/python -m pytest -s -n 0 tests/integration/test_discord_awaits.py tests/integration/test_telegram_awaits.py

# What a message costs beside a bare client that sends the same bodies, on both platforms: a minute.
bench-throughput: $(STAMP)
	$(BIN)/python -m benchmarks.throughput 2>/dev/null

# One post to 100,000 subscribed chats, with 1,000 feeds: half a minute.
bench-fanout: $(STAMP)
	$(BIN)/python -m benchmarks.fanout

# Everything that is measured and needs nothing from outside, one after the other: about half an hour.
bench: bench-reading bench-throughput bench-fanout bench-telegram bench-hostile bench-rounds bench-idle bench-store bench-kills

bench-reading: $(STAMP)
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/matching.py

# Years of one database, and the status page over a full one.
bench-store: $(STAMP)
	$(BIN)/python -m benchmarks.years
	$(BIN)/python -m benchmarks.status_page

# Telegram's limits: a burst into one group, a broadcast to 3,000 chats, and 15 s of it in real time: two minutes.
bench-telegram: $(STAMP)
	$(BIN)/python -m benchmarks.telegram

# One hostile feed among a hundred: the event loop's lag, and whether the others are read on time. Half a minute.
bench-hostile: $(STAMP)
	$(BIN)/python -m benchmarks.hostile

# 500 feeds beside a bare script that does the least: about three minutes.
bench-rounds: $(STAMP)
	$(BIN)/python benchmarks/rounds.py

# Memory of an idle bot on both platforms, and its start: a minute.
bench-idle: $(STAMP)
	$(BIN)/python -m benchmarks.idle

# The same of the image that `make image` built, five times: six minutes.
bench-idle-container: $(STAMP)
	$(BIN)/python -m benchmarks.idle --container --runs $(or $(RUNS),5)

# Hostile feeds, pages and headers made up for as long as is asked for: FUZZ times as many as in `make test`.
fuzz: $(STAMP)
	FUZZ=$(or $(FUZZ),50) $(BIN)/python -m pytest -n 0 tests/unit/test_sources_fuzz.py

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
