"""The sandbox's HTML: the consent page, the page of a refused authorization, and the two pages for the curious."""

import re
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from werkzeug.wrappers import Response

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.job import Job
from sandbox.constant_contact.tokens import Application
from sandbox.constant_contact.world import World

MEMBERS_SHOWN = 200
JOBS_SHOWN = 20
CAPITALS = re.compile(r"(?<!^)(?=[A-Z])")


def _page(name: str, status: int = 200, /, **html: str) -> Response:
    """A page from its template; every value is HTML already."""
    text = files(__package__).joinpath(f"{name}.html").read_text("utf-8")
    style = files(__package__).joinpath("style.css").read_text("utf-8")
    return Response(Template(text).substitute(html, style=style), status, mimetype="text/html")


def problem(sentence: str, status: int = 400) -> Response:
    return _page("problem", status, sentence=escape(sentence))


def consent(application: Application, asked: Any, meanings: dict[str, str], accounts: list[Account]) -> Response:
    """Who asks for what, on behalf of which account, with Allow and Deny."""
    carried = ("client_id", "redirect_uri", "response_type", "scope", "state")
    scopes = asked.get("scope", "").split()
    return _page(
        "consent",
        application=escape(application.name),
        permissions="".join(f"<li>{escape(meanings[scope])} <code>{escape(scope)}</code></li>" for scope in scopes),
        accounts="".join(
            f'<option value="{escape(one.account_id)}">{escape(one.organization_name)}</option>' for one in accounts
        ),
        hidden="".join(
            f'<input type="hidden" name="{name}" value="{escape(asked[name])}">' for name in carried if name in asked
        ),
        redirect_uri=escape(asked["redirect_uri"]),
    )


def overview(world: World) -> Response:
    """All accounts with their lists, membership counts and latest bulk jobs."""
    return _page("overview", accounts="".join(_account(world, one) for one in world.accounts.values()))


def _account(world: World, account: Account) -> str:
    with account.lock:
        lists = "".join(
            f'<tr><td><a href="/lists/{one.list_id}">{escape(one.name)}</a></td><td><code>{one.list_id}</code></td>'
            f'<td class="number">{account.store.count(one.list_id):,}</td></tr>'
            for one in account.lists.values()
            if one.deleted_at is None
        )
        now = world.clock.now()
        jobs = "".join(
            f"<tr><td>{world.stamp(job.created_at)}</td>"
            f"<td>{CAPITALS.sub(' ', type(job.work).__name__).capitalize()}</td>"
            f"<td>{job.state(now)}</td><td>{_counts(job)}</td></tr>"
            for job in list(account.queue.jobs.values())[: -JOBS_SHOWN - 1 : -1]
        )
        contacts = len(account.store) - len(account.store.deleted)
    return (
        f"<section><h2>{escape(account.organization_name)}</h2><p>{escape(str(account.summary['contact_email']))} · "
        f"account <code>{escape(account.account_id)}</code> · {contacts:,} contacts</p>"
        f"<h3>Lists</h3><div class=wide><table><tr><th>Name<th>List ID<th class=number>Members{lists}</table></div>"
        f"<h3>Recent activities</h3>"
        + (
            f"<div class=wide><table><tr><th>Created<th>Kind<th>State<th>Counts{jobs}</table></div>"
            if jobs
            else "<p>None yet.</p>"
        )
        + "</section>"
    )


def _counts(job: Job) -> str:
    counters = job.work.counters().items()
    return " · ".join(f"{name.removesuffix('_count').replace('_', ' ')} {count:,}" for name, count in counters)


def members(world: World, list_id: str) -> Response:
    """The first members of a list."""
    for account in world.accounts.values():
        found = account.living_list(list_id)
        if found:
            with account.lock:
                return _members(account, found.name, found.list_id)
    return problem("There is no such list.", status=404)


def _members(account: Account, name: str, list_id: str) -> Response:
    store = account.store
    shown = [serial for serial, _ in zip(store.members(list_id), range(MEMBERS_SHOWN), strict=False)]
    rows = [store.fields(serial) for serial in shown]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    head = "".join(f"<th>{escape(column.removeprefix('cf:').replace('_', ' '))}" for column in columns)
    body = "".join(
        f"<tr><td>{escape(store.emails[serial])}</td>"
        + "".join(f"<td>{escape(row.get(column, ''))}</td>" for column in columns)
        + "</tr>"
        for serial, row in zip(shown, rows, strict=True)
    )
    total = store.count(list_id)
    return _page(
        "members",
        name=escape(name),
        list_id=escape(list_id),
        organization=escape(account.organization_name),
        count=f"{total:,} members" + (f", the first {MEMBERS_SHOWN} shown" if total > MEMBERS_SHOWN else ""),
        table=f"<table><tr><th>email{head}{body}</table>",
    )
