# make book   the rendered book in _build/html/index.html
# make test   lint, unit tests, the notebooks' stored outputs, the book's own checks, the book in a browser
PY ?= python3
BIN ?= .venv/bin
JOBS ?= 2

.PHONY: book test setup notebooks html lint unit nbval browser pdf check claims paper1 colab repo release-check release clean

book: notebooks html
	@echo "The book: _build/html/index.html"

test: lint unit nbval html browser check
	@echo "All checks passed"

# With BIN=... (a conda environment, say) nothing is installed.
setup: $(if $(filter .venv/bin,$(BIN)),.venv/ready)
.venv/ready: pyproject.toml constraints.txt
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, $(PY) is older; say: make PY=python3.11"; exit 1; }
	@echo "Setting up .venv (once; some minutes and about 2 GB)"
	$(PY) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e ".[book,test,browser]"
	touch $@

notebooks: setup        # execute notebooks/*.py into notebooks/*.ipynb
	$(BIN)/python tools/nb.py run --jobs $(JOBS)

html: setup             # render the stored notebooks and the pages; any warning is an error
	$(BIN)/jupyter-book build . --warningiserror --nitpick --keep-going --all --quiet
	$(BIN)/python tools/check_book.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

unit: setup
	$(BIN)/python -m pytest -q -n $(JOBS) --ignore=tests/browser

browser: setup          # after html: the rendered book in the system's Chromium; skipped where there is none
	$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -rs tests/browser

pdf: setup              # after html: the whole book as _build/book.pdf; about two minutes, needs a Chromium
	$(BIN)/python tools/pdf.py

nbval: setup            # every cell runs, and its stored output comes out again
	$(BIN)/python -m pytest -q --nbval --nbval-current-env -n $(JOBS) --dist loadscope notebooks

check: setup            # .ipynb in step with .py, executed, with outputs; data cards and verdicts come out again
	$(BIN)/python tools/nb.py check
	$(BIN)/python tools/cards.py check
	$(BIN)/python tools/claims.py check

claims: setup           # compute every verdict of claims.yml from the stored results, and keep it
	$(BIN)/python tools/claims.py update

DATASET ?= synthetic
paper1: setup           # make paper1 DATASET=carinthia: train and score at the paper's scale (about half an hour a seed)
	$(BIN)/python tools/paper1.py _build/paper1 --dataset $(DATASET)

# Colab's Python and versions, in an environment of its own (_build/colab, 6 GB); each notebook alone, without results/
COLAB_PYTHON ?= python3.13
colab:                  # make colab [COLAB_PYTHON=/path/to/python3.13] [NOTEBOOKS="01_data 27_iwmm"]
	$(PY) tools/colab.py --python $(COLAB_PYTHON) --jobs $(JOBS) $(NOTEBOOKS)

# make repo NAME=you/semlib [BOOK=https://…/] [TAG=v1.2.3]: point all links at your copy on GitHub
repo: setup
	$(BIN)/python tools/set_repo.py $(NAME) $(if $(BOOK),--book $(BOOK)) $(if $(TAG),--tag $(TAG))

release-check: setup    # a home, a date, one address and version everywhere?
	$(BIN)/python tools/release.py check

release: release-check  # the book as a zip and a PDF, a manifest and checksums in _build/release; see CONTRIBUTING.md
	rm -rf _build/html _build/.doctrees _build/book.pdf
	$(MAKE) html check pdf
	$(BIN)/python tools/release.py pack

clean:
	rm -rf _build
