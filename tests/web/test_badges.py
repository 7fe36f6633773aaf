"""A status as a coloured label: one piece of HTML wherever it is shown, and whatever its label holds."""

from django.template import Context, Template
from django.utils.html import format_html
from django.utils.translation import gettext_lazy, override

from web.badges import BUSY, Badge

DONE = (
    '<span class="cc-badge cc-tone-success">'
    '<span class="material-symbols-outlined" aria-hidden="true">check</span>Done</span>'
)


def test_a_badge_is_the_same_html_in_a_template_by_its_tag_and_in_code():
    badge = Badge("Done", "success", "check")

    assert Template("{{ badge }}").render(Context({"badge": badge})) == DONE
    assert Template('{% load web_tags %}{% badge "Done" tone="success" icon="check" %}').render(Context()) == DONE
    assert format_html("{}", badge) == badge.render() == DONE


def test_a_label_is_escaped_and_shown_in_the_language_of_its_reader():
    assert str(Badge("<b>")) == '<span class="cc-badge cc-tone-neutral">&lt;b&gt;</span>'
    with override("zh-hans"):
        assert "失败" in Badge(gettext_lazy("Failed")).render()


def test_what_goes_on_has_an_icon_that_turns():
    assert Badge("Running", "info", BUSY).is_busy
    assert 'class="cc-badge cc-tone-info cc-badge--busy"' in Badge("Running", "info", BUSY).render()
