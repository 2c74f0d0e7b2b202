"""What every figure of the book must do."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text

#: In pt, on paper. Figures are shown at 96/110 of it or more (tests/browser): 7 pt on a laptop's screen.
SMALLEST = 6.5


def check_figure(figure: Figure) -> None:
    """Draw a figure; its data must be named, its text large enough, and it must be closed, to show once."""
    figure.canvas.draw()
    texts = (t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip())
    assert {t.get_text(): t.get_fontsize() for t in texts if t.get_fontsize() < SMALLEST} == {}
    assert any(text.get_text().startswith("data: ") for text in figure.texts)
    assert not plt.get_fignums()
