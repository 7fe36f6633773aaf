"""The days of a list: nobody who opted out or left is put back, nobody whom others put there is removed.

Thirty of them, a minute for each story: pytest -n 0 -m slow tests/people/test_thirty_days.py. Else a few full ones.
"""

import random

import pytest

from .story import Story, something


@pytest.mark.parametrize(
    ("seed", "people", "days", "events"),
    [
        (1, 9, 3, (5, 9)),
        pytest.param(1, 24, 30, (0, 5), marks=pytest.mark.slow),
        pytest.param(2, 24, 30, (0, 5), marks=pytest.mark.slow),
    ],
)
def test_day_after_day_nobody_is_wronged(seed, people, days, events, sandbox, connection, transactional_db, tmp_path):
    story, chance = Story(sandbox, connection, tmp_path, people), random.Random(seed)
    with story.clock():
        for day in range(days):
            for _event in range(chance.randint(*events)):
                something(story, chance)()
            story.save_profiles()
            meanwhile = something(story, chance) if chance.random() < 0.3 else None
            story.run(chance.choice(list(story.exports)), meanwhile)
            assert not story.faults() or story.raced or _is_due(story), (day, story.faults())
            story.next_day()
        for _again in range(2):
            story.save_profiles()
            for country in story.exports:
                story.run(country)
        assert not story.faults()
        assert not story.unexplained()


def _is_due(story: Story) -> bool:
    """Only one of the exports ran today: what the other one wants may be waiting for its turn."""
    return all("is wanted and not on the list" in fault for fault in story.faults())
