# Two commands are enough: `make run` and `make test`. Both need Python 3.11 or newer, and nothing else.
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

.PHONY: run test check race torture prove-bookings bench bench-bookings bench-messages screenshots lock clean

run: .stamps/installed
	@$(BIN)/careops run

test: .stamps/installed-for-tests
	@failed=0; \
	$(BIN)/pytest -n auto --dist loadfile --ignore tests/browser || failed=1; \
	$(BIN)/pytest tests/browser || failed=1; \
	exit $$failed

check: .stamps/installed-for-tests
	$(BIN)/python scripts/check.py

race: .stamps/installed-for-tests
	$(BIN)/python scripts/race.py

torture: .stamps/installed-for-tests
	$(BIN)/python scripts/torture.py

prove-bookings: .stamps/installed-for-tests
	$(BIN)/python scripts/prove_bookings.py

bench: .stamps/installed-for-tests
	$(BIN)/python scripts/bench.py

bench-bookings: .stamps/installed-for-tests
	$(BIN)/python scripts/bench_bookings.py

bench-messages: .stamps/installed-for-tests
	$(BIN)/python scripts/bench_messages.py

screenshots: .stamps/installed-for-tests
	$(BIN)/python scripts/screenshots.py

lock: .stamps/installed-for-tests
	$(COMPILE) --upgrade pyproject.toml -o requirements.lock
	$(COMPILE) --upgrade pyproject.toml --group test --group lint -o requirements-test.lock

clean:
	rm -rf .venv .web .stamps .states

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "CareOps needs Python 3.11 or newer; name it: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv || { echo "make: install the venv module of your Python (Debian: apt install python3-venv)"; rm -rf .venv; exit 1; }

.stamps/installed: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@mkdir -p .stamps && touch $@

.stamps/installed-for-tests: .stamps/installed requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@
