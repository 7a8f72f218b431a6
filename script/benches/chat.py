"""Our encrypted text answer against a bare encrypted echo and WeRoBot's, in alternating rounds.

Ours checks the signature, opens, stores once, looks at the conversation, searches the catalogue,
answers, stores the answer and seals it. CPU is that of the web server's processes alone; the
store's and the queue's are reported apart, and `cpu_ratio_own` also takes off what the driver
itself costs for the very commands of the request, issued alone under the same server in the same
run: a command that waits for the store finds cold caches when it comes back, as ours do.
"""

import itertools
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from script import demo, supervisor
from script.pushes import Account, text

from . import driver, turns
from .turns import Server

_PEOPLE: Final = 500
_MOST_A_SECOND: Final = 1500
_WARM_SECONDS: Final = 1.0
_APART: Final = ("store", "queue")
_LOCK: Final = demo.ROOT / "script" / "locks" / "bench.txt"


@dataclass
class Driver:
    """The store's driver under a server of its own: idle, and issuing one command a request."""

    idle: Server
    commands: list[Server]

    def turn(self, seconds: float) -> None:
        """As long as everybody else, shared among them."""
        for number, each in enumerate((self.idle, *self.commands)):
            asked = f"GET /{number} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
            turns.turn(each, itertools.repeat(asked), seconds / (1 + len(self.commands)))

    def costs(self) -> dict[str, float]:
        """µs of CPU of each command of a request, without what the server costs anyway."""
        idle = statistics.median(self.idle.costs)
        return {each.name: statistics.median(each.costs) - idle for each in self.commands}


def run(rounds: int, seconds: float, *, robot: bool = True) -> dict[str, Any]:
    """Measure; one JSON object's worth of figures. WeRoBot's environment is built on the way."""
    with (
        tempfile.TemporaryDirectory(prefix="banshitong-") as folder,
        turns.town(Path(folder)) as town,
    ):
        account = _account(town)
        ours = Server("banshitong", town.ports.web, turns.pid(town, "web"))
        peers = list(_peers(town, account, robot))
        alone = _driver(town, account)
        said = _said(account, int((rounds * seconds + _WARM_SECONDS) * _MOST_A_SECOND))
        for server in (ours, *peers):
            turns.turn(server, said if server is ours else _copies(account), _WARM_SECONDS)
            server.forget()
        count, apart, asked = 0, Counter[str](), Counter[str]()
        for _ in range(rounds):
            for peer in peers:
                turns.turn(peer, _copies(account), seconds)
            alone.turn(seconds)
            before, spent = turns.commands(town), {name: turns.cpu(town, name) for name in _APART}
            count += turns.turn(ours, said, seconds)
            asked.update({n: many - before[n] for n, many in turns.commands(town).items()})
            apart.update({n: round(turns.cpu(town, n) - spent[n]) for n in _APART})
        return _figures(
            ours,
            peers,
            alone.costs(),
            {name: many / count for name, many in asked.items()},
            {name: cost / count for name, cost in apart.items()},
        )


def _figures(
    ours: Server,
    peers: list[Server],
    driven: dict[str, float],
    asked: dict[str, float],
    apart: dict[str, float],
) -> dict[str, Any]:
    whole, echo = statistics.median(ours.costs), statistics.median(peers[0].costs)
    rate, echoed = statistics.median(ours.rates), statistics.median(peers[0].rates)
    return {
        "ours": ours.figures(),
        "peers": [peer.figures() for peer in peers],
        "cpu_ratio": round(whole / echo, 2),
        "cpu_ratio_own": round((whole - sum(driven.values())) / echo, 2),
        "rate_ratio": round(rate / echoed, 2),
        "commands_per_request": round(sum(asked.values()), 2),
        "commands": {name: round(many, 2) for name, many in asked.items() if many},
        "driver_cpu_us": {name: round(cost) for name, cost in driven.items()},
        "apart_cpu_us": {name: round(cost) for name, cost in apart.items()},
    }


def _account(town: supervisor.Town) -> Account:
    kept = town.kept
    return Account("/wechat/oa", kept["oa_appid"], kept["oa_token"], kept["oa_aes_key"])


def _peers(town: supervisor.Town, account: Account, robot: bool) -> Iterator[Server]:
    """The bare echo, and WeRoBot's where it is wanted and its environment can be built."""
    own = {"TOKEN": account.token, "AES_KEY": account.aes_key, "APPID": account.appid}
    yield turns.bare(town, "bare", own)
    if not robot:
        return
    robots = town.state / "robots"
    made = [sys.executable, "-m", "venv", str(robots)]
    uv = [str(Path(sys.executable).parent / "uv"), "pip", "install", "--quiet", "--require-hashes"]
    python = robots / "bin" / "python"
    filled = [*uv, "--python", str(python), "-r", str(_LOCK)]
    if all(not subprocess.run(each, check=False).returncode for each in (made, filled)):
        yield turns.peer(town, "robot", str(python), own)


def _driver(town: supervisor.Town, account: Account) -> Driver:
    file = town.state / "commands.bson"
    names = driver.record(town.environment, account, file)
    uri = town.environment["MONGODB_URI"]
    idle = turns.bare(town, "driver", {"MONGODB_URI": uri, "COMMANDS": str(file)})
    issuing = [Server(f"{n} {name}", idle.port, idle.pid) for n, name in enumerate(names, 1)]
    return Driver(idle, issuing)


def words() -> list[str]:
    """What residents of this county ask for, in their own words."""
    file = demo.ROOT / "config" / "synonyms.toml"
    table: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    names = list(table["names"])
    return names + [name + said for name in names for said in list(table["words"])[:4]]


def _said(account: Account, many: int) -> Iterator[bytes]:
    """Distinct messages of some hundreds of people, made before the clock runs."""
    wanted = itertools.cycle(words())
    asked = [(f"o{n % _PEOPLE:05}", next(wanted), str(10**15 + n)) for n in range(many)]
    return iter([account.push(text(*each)) for each in asked])


def _copies(account: Account) -> Iterator[bytes]:
    """Messages for who does not mind hearing them again."""
    return itertools.cycle(list(itertools.islice(_said(account, 300), 300)))
