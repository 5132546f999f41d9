"""A private RabbitMQ with its management API: loopback only, its own epmd, its own cookie."""

import shutil
import signal
from pathlib import Path

import httpx

from deploy.local.guarded import Guarded
from deploy.local.owners import Home
from deploy.local.ports import HOST, free_ports, is_open
from deploy.local.secrets import password
from deploy.local.waiting import Unavailable, wait_until

PACKAGE_USER = "rabbitmq"
ADMINISTRATOR = "gongjiang_admin"
NODE = "gongjiang@localhost"
START_LASTS_AT_MOST = 90.0
# The node closes its stores at once, then idles for five seconds. Nothing is lost by not waiting:
# quorum queues and the node's own tables are made to survive a crash.
STOP_LASTS_AT_MOST = 2.0

CONFIGURATION = """\
listeners.tcp.local = {host}:{port}
management.tcp.ip = {host}
management.tcp.port = {api_port}
default_user = {user}
default_pass = {password}
default_user_tags.administrator = true
loopback_users = none
vm_memory_high_watermark.relative = 0.25
disk_free_limit.absolute = 200MB
raft.wal_max_size_bytes = 67108864
log.file = false
log.console = true
"""


class RabbitMQ:
    """One node with the epmd that names it."""

    def __init__(self, home: Home, log_file: Path) -> None:
        self.home = home
        self.password = password(home.path, "administrator")
        self.port, self.api_port, self.dist_port, self.epmd_port = free_ports(4)
        environment = self.environment()
        self.epmd = Guarded(
            name="epmd",
            argv=[find_epmd(), "-address", HOST, "-port", str(self.epmd_port)],
            home=home,
            log_file=log_file,
            stop_signal=signal.SIGTERM,
            patience=2.0,
            env=environment,
        )
        self.server = Guarded(
            name="RabbitMQ",
            argv=[find_server()],
            home=home,
            log_file=log_file,
            # SIGTERM stops the node in order; SIGKILL leaves its books as a crash does
            stop_signal=signal.SIGKILL if home.passing else signal.SIGTERM,
            patience=STOP_LASTS_AT_MOST,
            env=environment,
        )

    def environment(self) -> dict[str, str]:
        home = self.home.path
        return {
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "ERL_CRASH_DUMP": str(home / "erl_crash.dump"),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(self.epmd_port),
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(home / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(home / "generated"),
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # the start script becomes the node, instead of a shell that waits for it
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    @property
    def url(self) -> str:
        return f"amqp://{ADMINISTRATOR}:{self.password}@{HOST}:{self.port}/%2F"

    @property
    def api(self) -> str:
        return f"http://{ADMINISTRATOR}:{self.password}@{HOST}:{self.api_port}/api"

    def start(self) -> None:
        """Returns at once: see `wait`."""
        configuration = CONFIGURATION.format(
            host=HOST,
            port=self.port,
            api_port=self.api_port,
            user=ADMINISTRATOR,
            password=self.password,
        )
        self.home.write("rabbitmq.conf", configuration)
        self.home.write("rabbitmq-env.conf", "")
        self.home.write("enabled_plugins", "[rabbitmq_management].\n")
        self.home.write(".erlang.cookie", password(self.home.path, "cookie"), mode=0o400)
        self.epmd.start()
        wait_until(self.names_are_served, what="epmd", seconds=START_LASTS_AT_MOST)
        self.server.start()

    def names_are_served(self) -> bool:
        self.epmd.must_run()
        return is_open(self.epmd_port)

    def wait(self) -> None:
        with httpx.Client(base_url=self.api, trust_env=False, timeout=5) as api:

            def answers() -> bool:
                self.server.must_run()
                try:
                    return is_open(self.port) and api.get("/whoami").is_success
                except httpx.TransportError:
                    return False

            wait_until(answers, what="RabbitMQ", seconds=START_LASTS_AT_MOST)

    def stop(self, *, keep_data: bool = False) -> None:
        self.server.stop(keep_data=keep_data)
        self.epmd.stop(keep_data=keep_data)


def find_server() -> str:
    """Not Debian's /usr/sbin/rabbitmq-server, which is for the machine's own broker."""
    debian = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    found = str(debian) if debian.exists() else shutil.which("rabbitmq-server")
    if found is None:
        raise Unavailable("Please install the Debian package rabbitmq-server, or set AMQP_URL.")
    return found


def find_epmd() -> str:
    beside_erlang = [str(path) for path in Path("/usr/lib/erlang").glob("erts-*/bin/epmd")]
    found = shutil.which("epmd") or next(iter(beside_erlang), None)
    if found is None:
        raise Unavailable("Please install the Debian package erlang-base, or set AMQP_URL.")
    return found
