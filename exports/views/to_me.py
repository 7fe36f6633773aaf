"""*Send only to me*, from a preview."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from engine.outages import StorageUnavailableError
from exports.models import Run
from exports.permissions import can_run
from exports.runs import NotRunnableError, PlanOutdatedError
from exports.runs.to_me import send_to_me
from web.pages import record

from .pages import for_run, home_of, on_post_only
from .planned import outdated


@for_run(lambda user, run: can_run(user, run.export))
@on_post_only
def send(request: HttpRequest, run: Run) -> HttpResponse:
    """Send the row at `place`, or the first one that is sent, to the person who clicks."""
    if run.status not in (Run.Status.PLANNED, Run.Status.NEEDS_DECISION):
        messages.info(request, _("Only a person of a preview can be sent to yourself. Preview the export first."))
        return redirect(home_of(run))
    place = request.POST.get("place", "")
    try:
        small, started = send_to_me(run, by=request.user, place=int(place) if place.isdecimal() else None)
    except PlanOutdatedError as error:
        messages.warning(request, " ".join([_("This preview is out of date."), outdated(error.changes)]))
    except (NotRunnableError, StorageUnavailableError) as error:
        messages.error(request, str(error))
    except FileNotFoundError:
        messages.error(request, _("Nobody of this plan is sent, or it is no longer kept. Preview again."))
    else:
        if started:
            record(request, run.export, _("%(run)s started.") % {"run": small})
            messages.success(
                request, _("One contact with your own address is being sent to the list. The preview stays as it is.")
            )
        else:
            messages.info(request, _("%(run)s is in progress. Send to yourself when it is over.") % {"run": small})
        return redirect(home_of(small))
    return redirect(home_of(run))
