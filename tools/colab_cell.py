"""Run one notebook as Colab would. ``tools/colab.py`` runs this with Colab's versions, in an empty folder.

    python colab_cell.py NOTEBOOK.ipynb

Before its first cell, a module ``google.colab`` is put in place. With it, and with semlib installed, the cell
that installs semlib does what it does in a Colab session where it ran before. Prints what the cells print.
"""

import sys
import tempfile

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

COLAB = 'import sys, types\nsys.modules["google.colab"] = types.ModuleType("google.colab")'


def main() -> int:
    notebook = nbformat.read(sys.argv[1], as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(COLAB))
    # Over TCP, two kernels that start at once can take the same port.
    with tempfile.TemporaryDirectory() as tmp:
        config = Config({"KernelManager": {"transport": "ipc", "ip": f"{tmp}/socket"}})
        try:
            NotebookClient(notebook, kernel_name="python3", timeout=1200, config=config).execute()
        except CellExecutionError as error:
            print(error, file=sys.stderr)
            return 1
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream":
                print(output.text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
