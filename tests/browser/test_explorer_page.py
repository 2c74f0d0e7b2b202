"""The explorer of today's code: alive before plotly.js, then by it; mouse, keys and fingers."""

from __future__ import annotations

import re
from contextlib import contextmanager

import numpy as np
import pytest
from explorer_shown import N, Shown, made, shows


@pytest.fixture(scope="module")
def plotly() -> str:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


@pytest.fixture
def opened(browser, plotly):
    """Opens a page in a fresh context: `opened(html, root="./", **options of the context)`."""
    contexts = []

    def make(html: str | None = None, root: str | None = "./", **options) -> Shown:
        options = {"viewport": {"width": 1200, "height": 850}} | options
        contexts.append(browser.new_context(**options))
        contexts[-1].set_default_timeout(40_000)
        return Shown(contexts[-1].new_page(), plotly, html or made(), root)

    yield make
    for context in contexts:
        context.close()


def test_the_first_picture_is_alive_before_plotly(opened):
    shown = opened()
    shown.point_at(9)
    assert shows(shown, 9)
    shown.tab.mouse.click(*shown.place(17))
    shown.wait_for_pin(17)
    near = shown.tab.locator(".sx-side .sx-thumb").evaluate_all("all => all.map(b => b.title.split(' ·')[0])")
    assert set(near[:4]) == {"image 10", "image 16", "image 18", "image 24"}
    shown.tab.locator(".sx-stage").press("ArrowRight")
    assert shown.live().startswith("image 18")
    shown.tab.get_by_label("Drawn by").select_option("t-SNE")  # the grid turned round: 34 where 0 was
    shown.tab.mouse.move(*shown.place(0))
    assert shows(shown, 34)
    shown.tab.get_by_label("Colour").select_option("grey")
    assert shown.tab.locator(".sx-legend").inner_text().split() == ["grey", "0", "0.933"]
    shown.tab.get_by_label("Colour").select_option("row")
    shown.tab.locator(".sx-legend button", has_text="4").click()
    shown.tab.mouse.move(*shown.place(0))
    shown.tab.wait_for_function("document.querySelector('.sx-tip').hidden")  # hidden dots are not hit
    assert shown.tab.evaluate("typeof Plotly") == "undefined"
    assert shown.wrong == []


@pytest.mark.parametrize("n", [N, 1100])
def test_plotly_takes_over_without_a_jump(opened, n):
    shown = opened(made(n))
    shown.point_at(9)
    shown.tab.mouse.click(*shown.place(1))
    where = """['.sx-pin', '.sx-at'].map(name => document.querySelector(name))
        .map(ring => ['cx', 'cy'].map(k => +ring.getAttribute(k)))"""
    before = shown.tab.evaluate(where)
    x, y = shown.place(1)
    box = shown.tab.locator(".sx-stage").bounding_box()
    assert np.allclose(before[0], [x - box["x"], y - box["y"]], atol=0.6)
    shown.let_plotly_in()
    assert np.allclose(shown.tab.evaluate(where), before, atol=1)
    assert shown.tab.locator(".sx-first").count() == 0
    shown.wait_for_pin(1)
    for i in (3, 30):
        shown.point_at(i)
        assert shows(shown, i)
    shown.tab.mouse.click(*shown.place(20))
    shown.wait_for_pin(20)
    assert shown.wrong == []


@pytest.mark.parametrize("n", [N, 1100])
def test_a_box_selects_what_lies_in_it(opened, n):
    shown = opened(made(n))
    shown.let_plotly_in("Box")
    (left, low), (right, high) = shown.place(8), shown.place(17)  # columns 1 to 3, rows 1 and 2
    shown.tab.mouse.move(left - 25, low + 25)
    shown.tab.mouse.down()
    shown.tab.mouse.move(right + 25, high - 25, steps=6)
    shown.tab.mouse.up()
    shown.tab.wait_for_selector(".sx-montage .sx-thumb")
    assert shown.montage() == [8, 9, 10, 15, 16, 17]
    assert shown.live() == "Selected: 6"
    assert shown.wrong == []


def test_a_lasso_selects_what_lies_in_it_and_the_menus_keep_it(opened):
    shown = opened()
    shown.let_plotly_in("Lasso")
    corners = [shown.at(*corner) for corner in ((0.6, 0.6), (4.4, 0.6), (4.4, 3.5), (0.6, 0.6))]
    shown.tab.mouse.move(*corners[0])
    shown.tab.mouse.down()
    for corner in corners[1:]:
        shown.tab.mouse.move(*corner, steps=8)
    shown.tab.mouse.up()
    shown.tab.wait_for_selector(".sx-montage .sx-thumb")
    inside = [9, 10, 11, 17, 18, 25]
    assert shown.montage() == inside
    shown.tab.get_by_label("Drawn by").select_option("t-SNE")
    shown.tab.wait_for_selector(".sx-chosen", state="attached")
    assert shown.montage() == inside
    assert shown.live() != "Selected: 0"
    assert shown.tab.locator(".sx-chosen").get_attribute("d").count("M") == len(inside)
    shown.tab.locator(".sx-stage").press("Escape")
    assert shown.montage() == []
    assert shown.wrong == []


@pytest.mark.parametrize("with_plotly", [False, True])
def test_keys_select(opened, with_plotly):
    shown = opened()
    if with_plotly:
        shown.let_plotly_in()
    shown.tab.keyboard.press("Tab")
    while not shown.tab.evaluate("document.activeElement.classList.contains('sx-stage')"):
        shown.tab.keyboard.press("Tab")
    assert shown.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for key in ["Home", *["ArrowRight"] * 17, "Enter", *["Shift+ArrowDown"] * 4]:
        shown.tab.keyboard.press(key)
    assert shown.montage() == [10, 16, 17, 18, 24]  # the pin and the four beside it
    shown.tab.keyboard.press("s")
    assert len(shown.montage()) == 4
    assert shown.live().startswith("Dropped, now 4: image ")
    shown.tab.keyboard.press("End")
    shown.tab.keyboard.press("S")
    assert 34 in shown.montage()
    assert shown.live().startswith("Selected, now 5: image 34")
    assert shown.tab.locator(".sx-chosen").get_attribute("d").count("M") == 5
    shown.tab.keyboard.press("Escape")
    assert shown.montage() == []
    assert shown.wrong == []


@contextmanager
def finger(shown: Shown, x: float, y: float):
    """A finger that is put down at a place and lifted at the end; yields what moves it."""
    cdp = shown.tab.context.new_cdp_session(shown.tab)
    touch = lambda kind, *at: cdp.send(  # noqa: E731
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in at]}
    )
    touch("touchStart", (x, y))
    yield lambda a, b: touch("touchMove", (a, b))
    touch("touchEnd")


@pytest.mark.parametrize("with_plotly", [False, True])
def test_a_finger_sees_then_pins_and_scrolls_the_page(opened, with_plotly):
    shown = opened(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    if with_plotly:
        shown.let_plotly_in()
        shown.tab.get_by_role("button", name="Move", exact=True).click()  # off again
    shown.tab.touchscreen.tap(*shown.place(16))
    assert shows(shown, 16)
    assert shown.pin() == ""
    shown.tab.touchscreen.tap(*shown.place(16))
    shown.wait_for_pin(16)
    shown.tab.touchscreen.tap(*shown.place(25))
    assert shows(shown, 25)
    shown.wait_for_pin(16)
    shown.tab.locator(".sx-tip button").tap()
    shown.wait_for_pin(25)
    x, y = shown.place(17)
    with finger(shown, x, y) as move:
        for step in range(1, 11):
            move(x, y - 15 * step)
            shown.tab.wait_for_timeout(16)
    shown.tab.wait_for_function("window.scrollY > 60")
    assert shown.wrong == []


def test_outside_the_book_plotly_comes_from_its_own_address(opened):
    shown = opened(root=None)
    shown.let_plotly_in()
    (asked,) = shown.asked
    assert re.fullmatch(r"https://cdn\.plot\.ly/plotly-[\d.]+\.min\.js", asked)
    shown.point_at(9)
    assert shows(shown, 9)
    assert shown.wrong == []


def test_without_plotly_the_first_picture_stays_and_says_what_is_missing(opened):
    shown = opened(root=None)
    shown.tab.get_by_role("button", name="Lasso").click()
    while not shown.held:
        shown.tab.wait_for_timeout(20)
    shown.held.pop().abort()
    shown.tab.wait_for_selector(".sx-note:not(:empty)")
    assert "plotly.js could not be loaded" in shown.tab.locator(".sx-note").inner_text()
    assert shown.tab.get_by_role("button", name="Lasso").is_disabled()
    shown.point_at(9)
    assert shows(shown, 9)
    shown.tab.mouse.click(*shown.place(17))
    shown.wait_for_pin(17)
    assert shown.wrong == []
