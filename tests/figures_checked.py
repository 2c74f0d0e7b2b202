"""What every figure of the book must do."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


def check_figure(figure: Figure) -> None:
    """Draw a figure; its data must be named, and it must be closed, so that a notebook shows it once."""
    figure.canvas.draw()
    assert any(text.get_text().startswith("data: ") for text in figure.texts)
    assert not plt.get_fignums()
