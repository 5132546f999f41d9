"""The architecture, each rule a sentence.

Who looks for a place for something new reads the names of these tests.
"""

import ast
import builtins
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

import grimp
import pytest

from deploy.local.system import SERVICES, departments, permissions, publishers
from deploy.operations import nominate
from services import intake, publicity, review
from services.intake.submission import PUBLISHER
from services.publicity.enclosures import PUBLIC
from shared import topology
from shared.identity import ROLES
from shared.messages import SYSTEM, Command, Decider, Event
from shared.plan import Plan

ROOT = Path(__file__).parents[1]
PLANS = (intake.PLAN, review.PLAN, publicity.PLAN)

PLAN_OF_EACH = {"__init__", "policies", "views", "service", "pages", "facts"}
"""The files that every service has beside one for each aggregate."""

SHELL = {
    "services.intake.comparing",
    "services.intake.opening",
    "services.intake.printed",
    "services.intake.reassessing",
    "services.intake.receiving",
    "services.publicity.countdown",
    "services.publicity.desk",
    "services.publicity.documents",
    "services.publicity.drafts",
    "services.publicity.drawing",
    "services.publicity.feed_forms",
    "services.publicity.feeds",
    "services.publicity.limits",
    "services.publicity.objection_desk",
    "services.publicity.objection_status",
    "services.publicity.objections_page",
    "services.publicity.paper",
    "services.publicity.picture",
    "services.publicity.printed",
    "services.publicity.receipts",
    "services.publicity.register",
    "services.publicity.reporters",
    "services.publicity.site",
    "services.publicity.sniffing",
    "services.publicity.stamping",
    "services.publicity.subscriptions",
    "services.publicity.uploads",
    "services.publicity.visitors",
    "services.review.casework",
    "services.review.departments",
    "services.review.desks",
    "services.review.reading",
    "services.review.receiving",
    *(f"services.{name}" for name in SERVICES),
    *(
        f"services.{name}.{file}"
        for name in SERVICES
        for file in ("facts", "views", "service", "pages")
    ),
}
"""The files that connect a service to database, broker and web. Every other file is domain."""

FORMS = {
    "services.publicity.objection_desk",
    "services.publicity.objection_status",
    "services.publicity.objections_page",
    "services.publicity.uploads",
    "services.publicity.visitors",
}
"""Pages of the web side that have a file of their own."""

PURE = (
    "shared.messages",
    "shared.contracts",
    "shared.formats",
    "shared.calendar",
    "shared.audit.recipes",
)
"""What a domain file may import of ours beside its siblings, and pure itself."""

PURE_LIBRARIES = {
    "pydantic": "",
    "pydantic_core": "",
    "regex": "shared.formats",
    "chinese_calendar": "shared.calendar",
}
"""What is not of the standard library and yet neither waits nor guesses; and where alone."""

TOLD_TO_CLIENTS = (
    "shared.contracts",
    "shared.calendar",
    "shared.audit.bundle",
    "shared.audit.chain",
    "shared.audit.investigation",
    "shared.audit.marks",
    "shared.audit.rejudging",
    "shared.audit.replaying",
    "shared.audit.timeline",
    "shared.audit.tree",
    "shared.audit.verifier",
)
"""What a client of the services may know of ours: their language, which days are holidays, how
evidence is checked without them, and how an auditor puts together what they answer."""

NOT_FOR_THE_DOMAIN = {
    "asyncio",
    "http",
    "io",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib",
}
"""What of the standard library reads or changes the world."""

WORLDLY = {
    "input",
    "now",
    "open",
    "print",
    "read_bytes",
    "read_text",
    "today",
    "utcnow",
    "uuid1",
    "uuid4",
    "write_bytes",
    "write_text",
}
"""Names whose call reads a clock, chance or a file."""

TABLES = {"services.publicity.stroke_order"}
"""Reads a table that is part of the package, once, when it is imported."""

JUNK_DRAWERS = {"util", "utils", "common", "helper", "helpers", "misc", "base_service", "tools"}


@cache
def graph() -> grimp.ImportGraph:
    """Who imports whom, other people's packages included."""
    return grimp.build_graph(
        "services", "shared", "deploy", include_external_packages=True, cache_dir=None
    )


def within(module: str, *packages: str) -> bool:
    """Whether a module is one of these or lies in one of them."""
    return any(module == one or module.startswith(f"{one}.") for one in packages)


def ours(*packages: str) -> list[str]:
    """Our own modules in these packages."""
    return sorted(module for module in graph().modules if within(module, *packages))


def imports(module: str) -> set[str]:
    """What a module imports itself."""
    return graph().find_modules_directly_imported_by(module)


def importers(library: str) -> set[str]:
    """Who imports a library itself."""
    return graph().find_modules_that_directly_import(library)


def source(module: str) -> Path:
    """The file of a module."""
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def tree(module: str) -> ast.Module:
    """A module as it is written."""
    return ast.parse(source(module).read_text())


def domain_files() -> list[str]:
    """Every file of a service that is not named as part of its shell."""
    return [module for module in ours("services") if "." in module and module not in SHELL]


DOMAIN = [module for module in domain_files() if module != "services.__main__"]
PURE_FILES = [*DOMAIN, *ours(*PURE)]
AGGREGATES = [(plan, decider) for plan in PLANS for decider in plan.owns]


def service_of(module: str) -> str:
    """The package of the service that a module belongs to."""
    return ".".join(module.split(".")[:2])


# who knows whom


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_never_imports_another(service: str) -> None:
    others = [f"services.{other}" for other in SERVICES if other != service]
    for module in ours(f"services.{service}"):
        assert not [one for one in imports(module) if within(one, *others)], module


def test_what_is_shared_knows_neither_a_service_nor_how_it_is_deployed() -> None:
    for module in ours("shared"):
        assert not [one for one in imports(module) if within(one, "services", "deploy")], module


def test_a_service_does_not_know_how_it_is_deployed() -> None:
    for module in ours("services"):
        if module != "services.__main__":
            assert not [one for one in imports(module) if within(one, "deploy")], module


def test_clients_know_the_services_by_address_and_contract_alone() -> None:
    """The demonstration is one of them: it imports no file of a service."""
    for module in ours("deploy.operations"):
        known = {one for one in imports(module) if within(one, "services", "shared")}
        assert all(within(one, *TOLD_TO_CLIENTS) for one in known), module


def test_only_what_installs_and_starts_the_services_imports_them() -> None:
    importing = {
        module
        for module in ours("deploy")
        if [one for one in imports(module) if within(one, "services")]
    }
    assert importing == {"deploy.local.system"}


# the domain


@pytest.mark.parametrize("module", DOMAIN)
def test_a_domain_file_imports_only_pure_code_and_its_siblings(module: str) -> None:
    """`policies.py` also knows the words of the plan (`shared.plan`)."""
    allowed = [service_of(module), *PURE]
    if module.endswith(".policies"):
        allowed.append("shared.plan")
    for imported in imports(module):
        assert imported not in SHELL - {service_of(module)}, f"{module} imports {imported}"
        if within(imported, "services", "shared", "deploy"):
            assert within(imported, *allowed), f"{module} imports {imported}"


@pytest.mark.parametrize("module", PURE_FILES)
def test_pure_code_imports_no_library_that_waits_or_guesses(module: str) -> None:
    for imported in imports(module):
        if within(imported, "services", "shared"):
            continue
        assert imported not in NOT_FOR_THE_DOMAIN, f"{module} imports {imported}"
        if imported not in sys.stdlib_module_names:
            assert imported in PURE_LIBRARIES, f"{module} imports {imported}"
            assert within(module, PURE_LIBRARIES[imported] or module), f"{module}: {imported}"


@pytest.mark.parametrize("module", PURE_FILES)
def test_pure_code_reads_no_clock_no_chance_no_file_and_no_environment(module: str) -> None:
    """Except tables that belong to the package."""
    if module in TABLES:
        return
    assert not {name for name in called_in(tree(module)) if name in WORLDLY}, module


@pytest.mark.parametrize("module", PURE_FILES)
def test_pure_code_changes_nothing_that_outlives_a_call(module: str) -> None:
    """No `global`, and no attribute of anything but an object that is being made."""
    for node in ast.walk(tree(module)):
        assert not isinstance(node, ast.Global | ast.Nonlocal), module
        for target in targets_of(node):
            if isinstance(target, ast.Attribute):
                assert isinstance(target.value, ast.Name), f"{module}:{target.lineno}"
                assert target.value.id in {"self", "cls"}, f"{module}:{target.lineno}"


def called_in(tree: ast.Module) -> Iterator[str]:
    """The last name of each call: `now` for `datetime.now()`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name
                case _:
                    pass


def targets_of(node: ast.AST) -> list[ast.expr]:
    """What a statement assigns to."""
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return [target]
        case _:
            return []


@pytest.mark.parametrize(("plan", "decider"), AGGREGATES)
def test_an_aggregate_is_one_file_of_its_name_with_pure_decide_and_evolve(
    plan: Plan, decider: Decider[Any]
) -> None:
    home = f"services.{plan.name}.{decider.name}"
    module = sys.modules[home]
    assert home in DOMAIN
    assert vars(module)[decider.name.upper()] is decider
    for name, function in (("decide", decider.decide), ("evolve", decider.evolve)):
        assert isfunction(function)
        assert vars(module)[name] is function
        assert function.__closure__ is None
        assert not unknown_globals(function.__code__.co_names, module)


def unknown_globals(names: tuple[str, ...], module: ModuleType) -> set[str]:
    """The mutable values at a module's top that these names stand for."""
    known = {name: vars(module)[name] for name in names if name in vars(module)}
    return {name for name, value in known.items() if isinstance(value, list | set | bytearray)}


@pytest.mark.parametrize(("plan", "decider"), AGGREGATES)
def test_every_command_and_event_names_its_rule_and_every_command_who_may(
    plan: Plan, decider: Decider[Any]
) -> None:
    known = ROLES | {SYSTEM, PUBLISHER, PUBLIC}
    messages: list[type[Command] | type[Event]] = [*decider.commands, *decider.events]
    for message in messages:
        assert re.fullmatch(r"[SPA]\d{1,2}", message.rule), message
    for command in decider.commands:
        assert command.may, command
        assert command.may <= known, command


def test_every_rule_that_is_named_is_told_to_its_readers() -> None:
    told = set(
        re.findall(r"^\| ([SAP]\d+) \|", (ROOT / "deploy/rules.md").read_text(), re.MULTILINE)
    )
    named = {
        rule
        for folder in ("services", "shared", "deploy")
        for file in (ROOT / folder).rglob("*.py")
        for rule in re.findall(r"\b[SAP]\d{1,2}\b", file.read_text())
    }
    assert named <= told


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_no_two_events_of_a_service_share_a_stored_name(plan: Plan) -> None:
    topics = [event.topic() for owner in plan.deciders for event in owner.events]
    assert len(topics) == len(set(topics))


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_no_two_aggregates_or_commands_of_a_service_share_a_name(plan: Plan) -> None:
    """Both stand in addresses and timers."""
    names = [decider.name for decider in plan.owns]
    assert len(names) == len(set(names))
    for decider in plan.owns:
        commands = [command.name for command in decider.commands]
        assert len(commands) == len(set(commands))


# who may know a library


def test_the_event_sourcing_library_is_known_to_the_log_and_its_recorder_alone() -> None:
    assert importers("eventsourcing") <= {"shared.eventlog", "shared.recorder"}


def test_pika_is_known_only_to_files_that_carry_messages() -> None:
    assert importers("pika") == {
        "deploy.operations.nominate",
        "shared.asking",
        "shared.audit.receipts",
        "shared.audit.signing",
        "shared.audit.witnessing",
        "shared.confirmed",
        "shared.deliveries",
        "shared.follower",
        "shared.inbox",
        "shared.letters",
        "shared.outside",
        "shared.relay",
        "shared.timestamps",
        "shared.topology",
    }


def test_nameko_and_eventlet_are_known_to_the_message_side_alone() -> None:
    """So nameko could be replaced in these files without a change to any other."""
    extensions = {
        "shared.answering",
        "shared.deliveries",
        "shared.green",
        "shared.runtime",
        "shared.service",
    }
    known = importers("nameko") | importers("eventlet") | importers("kombu")
    assert known == extensions | {"services.__main__", "services.intake.service"}


def test_the_standard_library_is_patched_in_one_place() -> None:
    patching = [module for module in ours("services", "shared", "deploy") if patches(module)]
    assert patching == ["shared.green"]


def patches(module: str) -> bool:
    """Whether a module calls eventlet's `monkey_patch`."""
    return "monkey_patch" in called_in(tree(module))


def test_statistics_are_loaded_where_there_is_something_to_compute_and_in_no_service() -> None:
    detectors = {f"shared.audit.investigation.{one}" for one in ("panel", "favouring", "colluding")}
    assert importers("scipy") | importers("numpy") == detectors
    for service in SERVICES:
        assert graph().find_shortest_chain(f"services.{service}.pages", "scipy") is None


@pytest.mark.parametrize("module", ours("shared.audit.investigation"))
def test_a_detector_is_pure(module: str) -> None:
    """Facts in, findings out: no clock, chance, file or service."""
    assert not {name for name in called_in(tree(module)) if name in WORLDLY}
    for imported in imports(module):
        assert imported not in NOT_FOR_THE_DOMAIN, f"{module} imports {imported}"
        if within(imported, "services", "shared", "deploy"):
            assert within(imported, "shared.audit.investigation", *PURE), imported


ROUTERS = {
    "services.intake.printed",
    "services.publicity.desk",
    "services.publicity.printed",
    "services.publicity.site",
    "services.publicity.subscriptions",
}
"""What a service's pages are made of, where one file would be too long."""


def test_what_sets_paper_is_known_to_one_file_and_loaded_when_something_is_printed() -> None:
    assert importers("weasyprint") == {"shared.web.typesetting"}
    program = (
        "import sys, services.publicity.pages, services.intake.pages\n"
        "print('weasyprint' in sys.modules)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "False\n"


def test_the_web_framework_is_known_to_the_web_side_alone() -> None:
    pages = {f"services.{name}.pages" for name in SERVICES} | ROUTERS | FORMS
    for library in ("fastapi", "starlette"):
        for module in importers(library):
            assert module in pages or within(module, "shared.web"), module


@pytest.mark.parametrize("service", SERVICES)
def test_neither_side_of_a_service_reaches_the_other(service: str) -> None:
    messages, web = f"services.{service}.service", f"services.{service}.pages"
    for library in ("fastapi", "starlette", "uvicorn", "shared.web.app"):
        assert graph().find_shortest_chain(messages, library) is None
    for library in ("nameko", "eventlet", "kombu", "shared.runtime"):
        assert graph().find_shortest_chain(web, library) is None


@pytest.mark.parametrize("service", SERVICES)
def test_processes_of_the_web_side_and_of_the_tail_side_never_load_eventlet(service: str) -> None:
    program = (
        "import sys, uvicorn\n"
        "import services.__main__, shared.application, shared.logs, shared.tailing, shared.web\n"
        f"import shared.web.operations, services.{service}, services.{service}.pages\n"
        "print(sorted({'eventlet', 'nameko', 'kombu'} & set(sys.modules)))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


# where things are


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_plan(service: str) -> None:
    files = {path.stem for path in (ROOT / "services" / service).glob("*.py")}
    assert files >= PLAN_OF_EACH
    assert (ROOT / "services" / service / "templates").is_dir()


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_service_says_in_a_few_lines_what_it_is(plan: Plan) -> None:
    drawn = ast.get_docstring(tree(f"services.{plan.name}")) or ""
    assert 8 <= len(drawn.splitlines()) <= 15


def test_every_file_named_as_part_of_a_shell_is_there() -> None:
    """A file that went away takes its exception with it."""
    assert set(ours(*SHELL)) >= SHELL
    assert set(DOMAIN) >= TABLES


def test_no_file_is_a_junk_drawer() -> None:
    names = {
        part for module in ours("services", "shared", "deploy") for part in module.split(".")
    } | {path.stem for path in (ROOT / "tests").rglob("*.py")}
    assert not names & JUNK_DRAWERS


def test_who_finds_frauds_and_who_plants_them_know_nothing_of_each_other() -> None:
    """Numbers mean something only if neither was written for the other."""
    for path in sorted((ROOT / "tests" / "frauds").glob("*.py")):
        assert "investigation" not in path.read_text(), path
    for package in ("services", "shared", "deploy"):
        for path in sorted((ROOT / package).rglob("*.py")):
            assert "tests.frauds" not in path.read_text(), path


def test_no_module_hides_one_of_the_language() -> None:
    """`from x import open` would make a reader look twice."""
    for module in PURE_FILES:
        top = {node.name for node in tree(module).body if isinstance(node, ast.FunctionDef)}
        assert not top & set(dir(builtins)), module


# exchanges and queues


class Listing:
    """A channel that only writes down what is declared on it."""

    def __init__(self) -> None:
        self.exchanges: dict[str, str] = {}
        self.queues: dict[str, dict[str, Any]] = {}
        self.bindings: set[tuple[str, str]] = set()

    def exchange_declare(self, exchange: str, exchange_type: str, *, durable: bool) -> None:
        assert durable
        assert self.exchanges.setdefault(exchange, exchange_type) == exchange_type

    def queue_declare(self, queue: str, *, durable: bool, arguments: dict[str, Any]) -> None:
        assert durable
        assert self.queues.setdefault(queue, arguments) == arguments

    def queue_bind(self, queue: str, exchange: str, *_: Any, **__: Any) -> None:
        self.bindings.add((queue, exchange))


PARTITIONS = 4
USERS = [publisher.user for publisher in publishers()]


@cache
def declared() -> Listing:
    """Everything that our processes declare, as `topology.py` does it."""
    listing: Any = Listing()
    topology.declare_inbox(listing, USERS)
    topology.declare_replies(listing)
    for plan in PLANS:
        topology.declare_log(listing, plan.name)
        topology.declare_events(listing, plan.name)
        topology.declare_witness(listing, plan.name)
        for upstream in plan.hears:
            topology.declare_follower(listing, plan.name, upstream, PARTITIONS)
    made: Listing = listing
    return made


def test_every_queue_is_bound_to_an_exchange_that_is_declared() -> None:
    bound = {queue for queue, _ in declared().bindings}
    assert bound == set(declared().queues)
    assert {exchange for _, exchange in declared().bindings} <= set(declared().exchanges)


def test_every_queue_keeps_its_messages_on_more_than_one_machine_and_has_an_end() -> None:
    for queue, arguments in declared().queues.items():
        assert arguments["x-queue-type"] == "quorum", queue
        assert arguments["x-max-length"] > 0, queue


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_service_follows_exactly_those_whom_it_says_it_hears(plan: Plan) -> None:
    followed = texts_in(ast.Module(follow_decorators(plan), []))
    assert followed == set(plan.hears)
    assert set(plan.hears) <= set(SERVICES) - {plan.name}


def test_names_of_exchanges_and_queues_are_made_in_one_place() -> None:
    """Elsewhere a service's name never stands beside `.log`, `.events` or `.from.`."""
    shape = re.compile(rf"^({'|'.join(SERVICES)})\.(log|events|inbox|from\..+)$")
    for module in ours("services", "shared", "deploy"):
        if module != "shared.topology":
            assert not [text for text in texts_in(tree(module)) if shape.match(text)], module


def texts_in(tree: ast.Module) -> set[str]:
    """Every text that is written out."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def follow_decorators(plan: Plan) -> list[ast.stmt]:
    """The `@follow(…)` of a service, each as a statement."""
    return [
        ast.Expr(decorator)
        for node in ast.walk(tree(f"services.{plan.name}.service"))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        if isinstance(decorator.func, ast.Name) and decorator.func.id == "follow"
    ]


@pytest.mark.parametrize("user", USERS)
def test_a_publisher_may_send_where_we_listen_and_read_where_we_answer(user: str) -> None:
    """And nowhere else. What our own client uses is what others are granted."""
    granted = permissions()[user]
    names = {*declared().exchanges, *declared().queues}
    assert {name for name in names if re.search(granted.write, name)} == {nominate.EXCHANGE}
    assert {name for name in names if re.search(granted.read, name)} == {
        topology.receipts_queue(user),
        topology.receipts_queue(topology.proofs_key(user)),
    }
    assert not [name for name in names if re.search(granted.configure, name)]
    assert re.search(granted.topics[nominate.EXCHANGE].write, nominate.ROUTING_KEY)
    assert (topology.INBOX, nominate.EXCHANGE) in declared().bindings


def test_only_the_signer_publishes_signed_checkpoints_and_it_reads_nothing() -> None:
    """A service publishes what it has witnessed itself."""
    granted = permissions()
    keys = [topology.signed_key(service) for service in SERVICES]
    names = {*declared().exchanges, *declared().queues}
    for user, allowed in granted.items():
        can_send = re.search(allowed.write, topology.CHECKPOINTS) is not None
        assert can_send == (user in {*SERVICES, "signer"}), user
        if can_send:
            write = allowed.topics[topology.CHECKPOINTS].write
            assert [key for key in keys if re.search(write, key)] == keys * (user == "signer")
    for service in SERVICES:
        write = granted[service].topics[topology.CHECKPOINTS].write
        assert [one for one in SERVICES if re.search(write, topology.cosigned_key(one))] == [
            service
        ]
    assert not [name for name in names if re.search(granted["signer"].read, name)]


def test_the_signer_starts_light() -> None:
    """It loads neither the web framework nor eventlet nor a service."""
    program = (
        "import sys, services.__main__, shared.audit.signing, shared.logs\n"
        "print(sorted({'fastapi', 'uvicorn', 'eventlet', 'nameko', 'services.intake'}"
        " & set(sys.modules)))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout == "[]\n"


@pytest.mark.parametrize("user", departments())
def test_a_department_sends_its_replies_and_does_nothing_else(user: str) -> None:
    """P8"""
    granted = permissions()[user]
    names = {*declared().exchanges, *declared().queues}
    assert {name for name in names if re.search(granted.write, name)} == {topology.VETTING}
    assert not [name for name in names if re.search(granted.read, name)]
    assert not [name for name in names if re.search(granted.configure, name)]
    assert re.search(granted.topics[topology.VETTING].write, topology.REPLIED)
    assert (topology.REPLIES, topology.VETTING) in declared().bindings


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_what_the_readme_tells_other_systems_is_what_is_declared(readme: str) -> None:
    text = (ROOT / readme).read_text()
    named = set(re.findall(r"`((?:nominations|receipts|intake\.inbox)(?:\.[a-z-]+)?)`", text))
    named |= set(re.findall(r"`((?:intake|review|publicity)\.(?:log|events))`", text))
    assert named <= {*declared().exchanges, *declared().queues}
    assert topology.NOMINATIONS in named
