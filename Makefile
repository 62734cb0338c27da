# Each target makes .venv first when it is missing or older than the pins.
PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help demo lab test test-all release site bench lock pictures clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(STAMP) ## grade a class of a dozen made-up submissions, start to end
	$(BIN)/course demo

lab: $(STAMP) ## open JupyterLab on the released lessons
	$(BIN)/jupyter lab --ServerApp.root_dir=release

test: $(STAMP) ## lint, type-check, run the tests but the slow ones, prove that what is generated is fresh
	$(call checked)

test-all: $(STAMP) ## the same with the slow tests: every attack, every lesson in a browser, more of everything
	$(call checked,-m "")

release: $(STAMP) ## rebuild release/ from notebooks/ and solutions/
	$(BIN)/course build

site: $(STAMP) ## build the site into build/site/html, without a network; look for broken links and for answers that show
	$(BIN)/course site

bench: $(STAMP) ## print the speed claims, measured (the graders' comparison takes most of an hour)
	$(BIN)/python benchmarks/check.py
	$(BIN)/python benchmarks/training_step.py
	$(BIN)/python benchmarks/widgets.py
	$(BIN)/python benchmarks/grading.py

lock: $(STAMP) ## pin every dependency again after a change of pyproject.toml
	$(BIN)/pip-compile --extra instructor --extra cluster --extra postgres --extra site --extra hub --extra dev --strip-extras \
		--allow-unsafe --no-emit-find-links --no-emit-index-url --no-emit-trusted-host --quiet --output-file=requirements.txt pyproject.toml

pictures: $(STAMP) ## take the README's pictures anew (needs Debian's chromium)
	$(BIN)/python -m tests.browser.pictures docs/pictures

clean: ## remove what is generated and not committed
	rm -rf build class .pytest_cache .mypy_cache .ruff_cache .hypothesis

define checked
$(BIN)/ruff check .
$(BIN)/ruff format --check .
$(BIN)/mypy
$(BIN)/pytest -n auto --dist loadgroup $(1)
$(BIN)/course check --no-run
endef

$(STAMP): requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $(STAMP)
