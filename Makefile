# `make check` runs everything that has to be green before a change goes in; `make fix` and `make docs` write files.
PYTHON ?= $(if $(wildcard .venv/bin/python),.venv/bin/python,python3)
PARALLEL ?= 2

.PHONY: check format types knowledge tests docs docs-check fix audit bench bench-batch lock

check: format types knowledge tests docs-check

# Form and style of the Python code; `make fix` mends what can be mended.
format:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

fix:
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

# mypy looks packages up by folder, and the import namespace has no folder in the checkout: this makes a view of it.
types:
	mkdir -p build/types/mtus
	ln -sfn ../../../reasoner build/types/mtus/reasoner
	ln -sfn ../../../api build/types/mtus/api
	MYPYPATH=build/types $(PYTHON) -m mypy -p mtus.reasoner -p mtus.api

# Shapes about shapes, quality queries, competency questions, and HermiT.
knowledge:
	$(PYTHON) -m mtus.reasoner check

tests:
	$(PYTHON) -m pytest -n $(PARALLEL) --ignore tests/test_docs.py

docs-check:
	$(PYTHON) -m pytest -n $(PARALLEL) tests/test_docs.py

# Write the reference, the generated blocks and the output shown below commands.
docs:
	$(PYTHON) docs/generate.py

# Known vulnerabilities of what is locked. Asks the advisory database of PyPI, so it needs the internet and `pip install pip-audit`; what could
# not be looked up is a failure, never a pass.
audit:
	$(PYTHON) -m pip_audit --strict --requirement requirements.lock --no-deps --disable-pip

bench:
	$(PYTHON) -m benchmarks

bench-batch:
	$(PYTHON) -m benchmarks.batch

# Exact versions of everything that the tests need, from a new environment.
lock:
	rm -rf build/lock
	python3 -m venv build/lock
	build/lock/bin/pip install -q '.[test]'
	build/lock/bin/pip freeze --exclude mtus-reasoner > requirements.lock
	rm -rf build/lock
