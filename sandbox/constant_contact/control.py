"""/_sandbox: how tests and demos move the sandbox. JSON in and out, no limits, no authentication."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.constant_contact import automations, foreign_jobs, people
from sandbox.constant_contact.account import PRIVILEGES
from sandbox.constant_contact.clock import parse
from sandbox.constant_contact.job import JobFault
from sandbox.constant_contact.tokens import Application
from sandbox.constant_contact.world import CLIENT_ID, Refusal, World

PATH = "/_sandbox/"
FULL_SCOPE = "contact_data account_read offline_access"


def respond(world: World, request: Request) -> Response:
    """Answers 400 with a sentence when the request makes no sense."""
    name, _, rest = request.path.removeprefix(PATH).partition("/")
    handler = HANDLERS.get(f"{request.method} {name}{'/*' if rest else ''}")
    if handler is None:
        return _json({"error": f"The sandbox has no control {request.method} {request.path}."}, 404)
    try:
        asked = json.loads(request.get_data() or b"{}") if request.method == "POST" else request.args.to_dict()
        answer = handler(world, asked, *([rest] if rest else []))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return _json({"error": str(error) or type(error).__name__}, 400)
    return answer if isinstance(answer, Response) else _json({} if answer is None else answer)


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")


def reset(world: World, asked: Any) -> Any:
    """Everything back to the start; `switches` to move at once."""
    world.reset()
    world.switches.set(asked.get("switches", {}))


def set_switches(world: World, asked: Any) -> Any:
    world.switches.set(asked)
    world.wake_worker()
    return world.switches.all()


def move_clock(world: World, asked: Any) -> Any:
    if "now" in asked:
        world.clock.set(parse(asked["now"]))
    world.clock.advance(float(asked.get("advance", 0)))
    return get_clock(world, asked)


def get_clock(world: World, asked: Any) -> Any:
    return {"now": world.stamp(world.clock.now()), "timestamp": world.clock.now()}


def add_job_fault(world: World, asked: Any) -> Any:
    """Something goes wrong with the next imports: outcome, share, counted, hidden_seconds, times, skip."""
    world.account(asked.pop("account", None)).queue.faults.append(JobFault(**asked))


def add_foreign_job(world: World, asked: Any) -> Any:
    """A job of another program in the account, done: kind (import or export), rows."""
    job = foreign_jobs.add(world, world.account(asked.get("account")), asked["kind"], int(asked["rows"]))
    return {"activity_id": job.activity_id}


def add_account(world: World, asked: Any) -> Any:
    account = world.add_account(asked["organization_name"], asked["contact_email"], asked.get("account_id", ""))
    return {"account_id": account.account_id}


def add_automation(world: World, asked: Any) -> Any:
    """Something that runs by itself when somebody joins a list: name, list_ids, trigger, is_active."""
    account = world.account(asked.get("account"))
    with account.lock:
        return {"automation_id": automations.add(account, world.clock.now(), asked)}


def add_application(world: World, asked: Any) -> Any:
    """Register an application, or change one: redirect URIs, secret, deactivated."""
    client_id = asked.get("client_id", CLIENT_ID)
    old = world.applications.get(client_id) or Application(client_id, "sandbox-secret", "Application")
    changed = {name: asked[name] for name in ("client_secret", "name", "redirect_uris", "deactivated") if name in asked}
    for name, value in changed.items():
        setattr(old, name, value)
    world.applications[client_id] = old
    return {"client_id": client_id}


def add_list(world: World, asked: Any) -> Any:
    account = world.account(asked.get("account"))
    with account.lock:
        made = account.add_list(asked["name"], world.clock.now(), asked.get("list_id") or "")
    return {"list_id": made.list_id}


def delete_list(world: World, asked: Any, list_id: str) -> Any:
    account = world.account_of_list(list_id)
    with account.lock:
        account.delete_list(list_id, world.clock.now())


def get_members(world: World, asked: Any, rest: str) -> Any:
    """Every member of a list with all values, streamed: a million fit."""
    list_id, _, what = rest.partition("/")
    if what != "members":
        raise Refusal(f"A list has members, not {what!r}.")
    account = world.account_of_list(list_id)
    world.settle(account)

    def parts() -> Iterator[str]:
        for at, serial in enumerate(account.store.members(list_id.lower())):
            yield ("[" if at == 0 else ",") + json.dumps(people.describe(account, serial))
        yield "]" if account.store.count(list_id.lower()) else "[]"

    rest_of_parts = parts()
    blocks = iter(lambda: "".join(islice(rest_of_parts, 500)), "")
    return Response(blocks, mimetype="application/json")


def set_privileges(world: World, asked: Any) -> Any:
    """The connecting user's privileges: `privileges` for exactly these, `remove` for all but those."""
    account = world.account(asked.get("account"))
    account.privileges = set(asked.get("privileges", PRIVILEGES)) - set(asked.get("remove", ()))
    return sorted(account.privileges)


def authorize(world: World, asked: Any) -> Any:
    """A code as if somebody had pressed Allow."""
    account = world.account(asked.get("account"))
    scopes = asked.get("scope", FULL_SCOPE).split()
    client_id = asked.get("client_id", CLIENT_ID)
    return {"code": world.tokens.new_code(client_id, account.account_id, asked["redirect_uri"], scopes)}


def issue_tokens(world: World, asked: Any) -> Any:
    account = world.account(asked.get("account"))
    scopes = asked.get("scope", FULL_SCOPE).split()
    return world.tokens.issue(asked.get("client_id", CLIENT_ID), account.account_id, scopes, account.user_id)


def get_stats(world: World, asked: Any) -> Any:
    unfinished = sum(len(account.queue.pending) for account in world.accounts.values())
    return world.journal.stats() | {"unfinished_jobs": unfinished}


HANDLERS: dict[str, Callable[..., Any]] = {
    "POST reset": reset,
    "POST switches": set_switches,
    "GET switches": lambda world, asked: world.switches.all(),
    "POST clock": move_clock,
    "GET clock": get_clock,
    "POST faults": lambda world, asked: world.faults.add(**asked),
    "DELETE faults": lambda world, asked: world.faults.clear(),
    "POST job_faults": add_job_fault,
    "DELETE job_faults": lambda world, asked: world.account(asked.get("account")).queue.faults.clear(),
    "POST jobs": add_foreign_job,
    "POST accounts": add_account,
    "POST applications": add_application,
    "POST automations": add_automation,
    "POST lists": add_list,
    "DELETE lists/*": delete_list,
    "GET lists/*": get_members,
    "POST contacts": people.add,
    "POST people": people.act,
    "GET people": people.find,
    "POST privileges": set_privileges,
    "POST revoke": lambda world, asked: world.tokens.revoke_account(world.account(asked.get("account")).account_id),
    "POST expire_access_tokens": lambda world, asked: world.tokens.expire_access_tokens(),
    "POST authorize": authorize,
    "POST tokens": issue_tokens,
    "GET requests": lambda world, asked: world.journal.entries(asked.get("match", "")),
    "GET stats": get_stats,
    "POST settle": lambda world, asked: world.settle_all(),  # all bulk work that is due now
}
