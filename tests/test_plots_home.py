import numpy as np
import pytest
from figures_checked import check_figure

from semlib.plots.explorer_pack import make_sprite
from semlib.plots.home import mosaic, tiles, wafers
from semlib.wafer.maps import DEFECTIVE
from semlib.wafer.npfc import npfc


def test_tiles_keep_the_point_nearest_to_the_middle_of_each_square():
    # two squares a side of 1: the middles are at .5 and 1.5; points 0 and 3 span the map
    xy = np.array([[0.0, 0.0], [0.4, 0.6], [0.9, 0.1], [2.0, 2.0], [1.5, 0.4]])
    assert tiles(xy, 2) == {(0, 0): 1, (1, 1): 3, (1, 0): 4}


def test_tiles_of_one_place():
    assert tiles(np.zeros((3, 2)), 5) in ({(0, 0): i} for i in range(3))


def test_mosaic():
    images = np.stack([np.full((8, 8), value, np.uint8) for value in (40, 120, 200)])
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    figure = mosaic(xy, make_sprite(images, 8, lossless=True), source="three greys", across=2)
    check_figure(figure)
    wall = figure.axes[0].images[0].get_array()
    assert wall[60, 20] == 40  # below left
    assert wall[60, 60] == 120  # below right
    assert wall[20, 60] == 200  # above right
    assert wall[20, 20] == 255  # no image there
    with pytest.raises(ValueError, match="xy has 2 rows and images 3"):
        mosaic(xy[:2], make_sprite(images, 8), source="three greys")


def test_wafers():
    one = np.ones((12, 12), int)
    one[1:4, 1:4] = one[7:11, 7:11] = DEFECTIVE
    one[1, 9] = DEFECTIVE
    figure = wafers([one, one], [npfc(one)] * 2, ["first", "second"], source="by hand")
    check_figure(figure)
    assert [ax.get_title() for ax in figure.axes[:2]] == ["first", "second"]
    assert figure.axes[2].get_title() == "2 clusters, 1 dies removed"
