"""Charts: where bars and lines lie, and what is said to those who do not see them."""

import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from web.charts import MIN_HEIGHT, columns, line, stacked_bar


def boxes(chart):
    return [(rect.x, rect.y, rect.width, rect.height) for rect in chart.rects]


def test_a_part_of_one_in_a_million_is_still_seen_and_the_bar_is_full():
    chart = stacked_bar([("many", "success", 1_000_000), ("one", "warning", 1)])

    assert chart.rects[1].width > 4
    assert sum(rect.width for rect in chart.rects) == pytest.approx(1000, abs=1)
    assert chart.rects[1].x == pytest.approx(chart.rects[0].width, abs=0.2)
    assert chart.label == "many: 1,000,000, one: 1"


def test_a_bar_of_nothing_is_empty():
    assert (stacked_bar([]).rects, stacked_bar([]).label) == ([], "")


def test_parts_of_a_column_stand_on_each_other_and_the_highest_fills_the_height():
    chart = columns("sent", [[("good", "success", 75), ("bad", "danger", 25)], [("good", "success", 50)]])

    assert boxes(chart) == [(1, 25, 8, 75), (1, 0, 8, 25), (11, 50, 8, 50)]
    assert [rect.css for rect in chart.rects][:2] == ["cc-chart__bar cc-tone-success", "cc-chart__bar cc-tone-danger"]
    assert (chart.width, chart.rects[0].title) == (20, "good: 75")


def test_few_columns_stand_at_the_right_end_and_small_ones_are_seen():
    chart = columns("sent", [[("a", "info", 1_000)], [("b", "info", 1)]], slots=12)

    assert chart.width == 120
    assert boxes(chart) == [(101, 0, 8, 100), (111, 100 - MIN_HEIGHT, 8, MIN_HEIGHT)]


def test_the_place_of_a_column_that_is_empty_is_marked():
    assert boxes(columns("sent", [[], []], has_track=True)) == [(1, 98.5, 8, 1.5), (11, 98.5, 8, 1.5)]


def test_a_line_begins_at_the_first_known_count_and_goes_to_both_ends():
    chart = line("members", [("Mon", None), ("Tue", 50), ("Wed", 100)])

    assert chart.line == "10,54 15,54 25,8 30,8"
    assert chart.area == "10,100 10,54 15,54 25,8 30,8 30,100"
    assert [rect.title for rect in chart.rects] == ["Tue: 50", "Wed: 100"]


def test_a_line_of_zeros_lies_on_the_ground():
    assert line("members", [("Mon", 0)]).line == "0,100 5,100 10,100"


def test_numbers_in_svg_have_a_point_in_every_language_and_texts_are_escaped():
    with override("de"):
        svg = render_to_string("web/chart.html", {"chart": columns("<&>", [[("<b>", "info", 3)], [("b", "info", 1)]])})

    assert 'role="img" aria-label="&lt;&amp;&gt;"' in svg
    assert 'y="66.67"' in svg
    assert "<title>&lt;b&gt;: 3</title>" in svg
