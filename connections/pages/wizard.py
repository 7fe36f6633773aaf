"""The pages of the wizard. Each step is a form over the saved draft; what comes next is asked of the row."""

from collections.abc import Callable
from typing import Any

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from connections import consent_text, editing, tokens, wizard
from connections.authorization import api_key_problem
from connections.editing import ChangedMeanwhileError
from connections.models import Connection
from connections.wizard import STEPS, Step
from constant_contact import AUTOMATIONS_SCOPE
from web.pages import page
from web.races import saved

from .export_user import export_user_context, take_over
from .forms import ConsentForm, NameForm, SharingForm, initial, seen
from .links import home_of, is_at_base_url, leads_to_constant_contact, url_of

TILES = (
    {
        "kind": Connection.Kind.CONSTANT_CONTACT,
        "icon": "mail",
        "description": gettext_lazy("Email marketing: segments become members of a Constant Contact list."),
    },
)


def choose_kind(request: HttpRequest) -> HttpResponse:
    """Discover: a tile for each kind of destination."""
    tiles = [tile | {"url": url_of("new", tile["kind"])} for tile in TILES]
    return page(request, "connections/discover.html", title=_("Add connection"), model=Connection, tiles=tiles)


def new(request: HttpRequest, kind: str) -> HttpResponse:
    """The first step: the draft is saved once it has a name, so an abandoned page leaves nothing behind."""
    if kind not in Connection.Kind.values:
        raise Http404
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["display_name"]
        draft = saved(form, lambda: wizard.start(kind=kind, display_name=name, by=request.user))
        if draft is not None:
            return redirect("admin:connections_connection_set_up", draft.pk)
    return _step_page(request, STEPS[0], None, form=form)


def set_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on where the draft was left."""
    draft = get_object_or_404(Connection, pk=pk)
    if not draft.is_draft:
        return redirect(home_of(draft))
    step = next(iter(wizard.missing(draft)), STEPS[-1])
    return redirect("admin:connections_connection_step", draft.pk, step.slug)


@leads_to_constant_contact
def step(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """Show one step, or take its answer."""
    draft = get_object_or_404(Connection, pk=pk)
    current_step = wizard.step_named(slug)
    if current_step is None:
        raise Http404
    if not draft.is_draft:
        return redirect(home_of(draft))
    return _ANSWERS[slug](request, draft, current_step)


@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Finish the wizard. Asks the row once more: another administrator may have changed it."""
    draft = get_object_or_404(Connection, pk=pk)
    if not wizard.finish(draft):
        messages.error(request, _("The connection can't be saved yet. Complete the steps that are still open."))
        return redirect("admin:connections_connection_set_up", draft.pk)
    messages.success(request, _("The connection “%(name)s” is ready for exports.") % {"name": draft.display_name})
    return redirect(home_of(draft))


def _name_or_sharing(request: HttpRequest, draft: Connection, current_step: Step) -> HttpResponse:
    form: NameForm | SharingForm
    if current_step.slug == "name":
        form = NameForm(request.POST or None, connection=draft, initial=initial(draft))
    else:
        form = SharingForm(request.POST or None, initial=initial(draft))
    if request.method == "POST" and form.is_valid():
        try:
            kept = saved(form, lambda: editing.change(draft, seen=seen(request.POST), **form.cleaned_data))
        except ChangedMeanwhileError:
            messages.warning(request, changed_meanwhile())
            return redirect("admin:connections_connection_step", draft.pk, current_step.slug)
        if kept is not None:
            return redirect("admin:connections_connection_set_up", draft.pk)
    return _step_page(request, current_step, draft, form=form)


def _consent(request: HttpRequest, draft: Connection, current_step: Step) -> HttpResponse:
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wizard.agree(draft, by=request.user, ip_address=get_client_ip_address(request))
        return redirect("admin:connections_connection_set_up", draft.pk)
    consent = draft.consents.filter(text_version=consent_text.CURRENT).select_related("user").first()
    text = {"paragraphs": consent_text.paragraphs(), "privacy_notice": consent_text.PRIVACY_NOTICE}
    return _step_page(request, current_step, draft, form=form, consent=consent, **text)


def _export_user(request: HttpRequest, draft: Connection, current_step: Step) -> HttpResponse:
    form, taken_over = take_over(request, draft)
    if taken_over:
        return redirect("admin:connections_connection_set_up", draft.pk)
    return _step_page(request, current_step, draft, **export_user_context(request, draft, form))


_ANSWERS: dict[str, Callable[[HttpRequest, Connection, Step], HttpResponse]] = {
    "name": _name_or_sharing,
    "sharing": _name_or_sharing,
    "consent": _consent,
    # Only shown here: authenticating is a POST of its own, which leads to Constant Contact.
    "connect": lambda request, draft, step: _step_page(request, step, draft, **connect_context(request, draft)),
    "export-user": _export_user,
}


def connect_context(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    """Return what a page needs that offers Authenticate or Reconnect."""
    twins = Connection.objects.none()
    if connection.account_id:
        twins = Connection.objects.filter(account_id=connection.account_id).exclude(pk=connection.pk)
    return {
        "api_key_problem": api_key_problem(),
        "is_at_base_url": is_at_base_url(request),
        "base_url": settings.BASE_URL,
        "twin": twins.first(),
        "may_read_automations": tokens.is_granted(connection, AUTOMATIONS_SCOPE),
    }


def changed_meanwhile() -> str:
    return _(
        "Somebody else saved this connection while you had it open, so your change was not saved. "
        "This is how it looks now: change it again if you still want to."
    )


def _step_page(request: HttpRequest, current_step: Step, draft: Connection | None, **context: Any) -> HttpResponse:
    open_steps = wizard.missing(draft) if draft else list(STEPS)
    steps = [
        {
            "slug": each.slug,
            "title": each.title,
            "url": url_of("step", draft.pk, each.slug) if draft else None,
            "is_done": each not in open_steps,
            "is_current": each is current_step,
        }
        for each in STEPS
    ]
    return page(
        request,
        f"connections/wizard/{current_step.slug}.html",
        title=_("Set up Constant Contact"),
        model=Connection,
        row=draft,
        connection=draft,
        step=current_step,
        steps=steps,
        open_steps=open_steps,
        **context,
    )
