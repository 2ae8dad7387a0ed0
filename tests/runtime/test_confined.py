"""A session in a child process: whatever it does, the parent goes on and says in one line how it ended."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from archc.files.errors import WorldError
from archc.runtime import confined
from archc.runtime.confined import Confined, Opened
from archc.runtime.limits import Limits

pytestmark = pytest.mark.skipif(not confined.AVAILABLE, reason="sessions are confined on Linux alone")

Array = npt.NDArray[Any]
ONE = {"x": np.ones((1, 3, 4, 4), np.float32)}
QUICK = Limits(seconds=1)


class Session:
    """In the place of onnxruntime's: `act` makes of the inputs what it likes."""

    def __init__(self, act: Callable[[Mapping[str, Array]], Any]) -> None:
        self.act = act

    def run(self, names: list[str], inputs: Mapping[str, Array]) -> list[Any]:
        return [self.act(inputs)]


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Confined]:
    (tmp_path / "m.onnx").write_bytes(b"-")

    def make(act: Callable[[Mapping[str, Array]], Any], limits: Limits = QUICK) -> Confined:
        return Confined(tmp_path / "m.onnx", lambda: (Session(act), Opened(("y",), False)), limits)

    return make


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8", "int64", "bool"])
def test_numbers_go_there_and_back(dtype: str, opened: Callable[..., Confined]) -> None:
    given = np.arange(24).reshape(2, 3, 4).astype(dtype)
    for value in (given, given[:, ::2], given[:0], given[0, 0, 0]):
        found = opened(lambda inputs: inputs["x"]).run({"x": value})["y"]
        assert found.dtype == value.dtype
        assert np.array_equal(found, value)


def test_one_that_never_returns_is_ended(opened: Callable[..., Confined]) -> None:
    session = opened(lambda inputs: time.sleep(600))
    with pytest.raises(WorldError, match=r"m\.onnx` was not run within 1 seconds \(.*--max-seconds"):
        session.run(ONE)


def test_the_next_run_has_a_new_child(opened: Callable[..., Confined]) -> None:
    session = opened(lambda inputs: inputs["x"] if inputs["x"].all() else os.abort())
    with pytest.raises(WorldError, match="SIGABRT"):
        session.run({"x": np.zeros(3)})
    assert session.run({"x": np.ones(3)})["y"].tolist() == [1, 1, 1]


def test_one_that_never_opens_is_ended(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").touch()
    with pytest.raises(WorldError, match=r"m\.onnx` was not opened within 1 seconds"):
        Confined(tmp_path / "m.onnx", lambda: time.sleep(600), QUICK)  # type: ignore[arg-type, return-value]


def test_signals_that_it_would_ignore_do_not_save_it(opened: Callable[..., Confined]) -> None:
    def deaf(inputs: object) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT, signal.SIGTERM])
        time.sleep(600)

    with pytest.raises(WorldError, match="was not run within"):
        opened(deaf).run(ONE)


def test_memory_ends_at_the_limit(opened: Callable[..., Confined]) -> None:
    session = opened(lambda inputs: np.ones(200 << 20, np.uint8)[:1], Limits(memory=100 << 20))
    with pytest.raises(WorldError, match=r"needs more than 0\.1 GB of memory to be run \(.*--max-memory"):
        session.run(ONE)
    assert opened(lambda inputs: np.ones(200 << 20, np.uint8)[:1], Limits(memory=300 << 20)).run(ONE)


def test_a_session_goes_on_after_a_failure(opened: Callable[..., Confined]) -> None:
    def act(inputs: Mapping[str, Array]) -> Array:
        if inputs["x"].sum() > 1:
            raise RuntimeError("[ONNXRuntimeError] : 1 : FAIL : too\n\x1b[31mmuch")
        return inputs["x"]

    session = opened(act)
    with pytest.raises(WorldError, match=r"could not be run: too \\x1b\[31mmuch$"):
        session.run(ONE)
    assert session.run({"x": np.zeros(3)})["y"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS])
def test_a_crash_is_one_line(number: signal.Signals, opened: Callable[..., Confined]) -> None:
    with pytest.raises(WorldError, match=rf"onnxruntime crashed \({number.name}\)"):
        opened(lambda inputs: os.kill(os.getpid(), number)).run(ONE)


def test_an_exit_is_one_line(opened: Callable[..., Confined]) -> None:
    with pytest.raises(WorldError, match=r"onnxruntime crashed \(status 7\)"):
        opened(lambda inputs: os._exit(7)).run(ONE)


def test_a_library_that_is_missing_is_missed(opened: Callable[..., Confined]) -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        opened(lambda inputs: __import__("no_such_library")).run(ONE)
    assert caught.value.name == "no_such_library"


def test_what_is_no_number_is_refused(opened: Callable[..., Confined]) -> None:
    for value in (np.array(["a"]), [np.ones(2), None], np.array([object()])):
        with pytest.raises(WorldError, match="`y` does not consist of numbers"):
            opened(lambda inputs, value=value: np.asarray(value, dtype=object)).run(ONE)


def test_its_streams_lead_nowhere(opened: Callable[..., Confined], capfd: pytest.CaptureFixture[str]) -> None:
    def loud(inputs: Mapping[str, Array]) -> Array:
        for stream in (1, 2):
            os.write(stream, b"::error::\x1b[31m\n")
        assert os.read(0, 1) == b""
        return inputs["x"]

    opened(loud).run(ONE)
    assert capfd.readouterr() == ("", "")


def test_none_is_left_behind(opened: Callable[..., Confined]) -> None:
    session = opened(lambda inputs: inputs["x"])
    pid = session._pid
    os.kill(pid, 0)
    del session
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_fork_of_the_parent_leaves_the_child_alone(opened: Callable[..., Confined]) -> None:
    session = opened(lambda inputs: inputs["x"])
    fork = os.fork()
    if not fork:
        session.close()
        os._exit(0)
    os.waitpid(fork, 0)
    assert session.run(ONE)["y"].shape == (1, 3, 4, 4)


_WAITS = """
import os, sys, time
from pathlib import Path
from archc.runtime.confined import Confined, Opened
from archc.runtime.limits import Limits
class Session:
    def run(self, names, inputs):
        time.sleep(600)
def make():
    return Session(), Opened(("y",), False)
session = Confined(Path(sys.argv[1]), make, Limits(seconds=float(sys.argv[2])))
print(session._pid, flush=True)
session.run({})
"""


def _gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_child_ends_with_its_parent(number: signal.Signals, tmp_path: Path, root: Path) -> None:
    (tmp_path / "m.onnx").touch()
    # Interrupted, the parent ends the child; killed, it leaves that to the alarm.
    seconds = "500" if number == signal.SIGINT else "3"
    started = subprocess.Popen(
        [sys.executable, "-c", _WAITS, str(tmp_path / "m.onnx"), seconds],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(root)},
        text=True,
    )
    assert started.stdout is not None
    pid = int(started.stdout.readline())
    started.send_signal(number)
    started.wait(20)
    assert _gone_within(pid, 20)
    started.stdout.close()


def test_limits_grow_with_the_work() -> None:
    limits = Limits()
    assert limits.seconds_to_run(16 * 16) < 16
    assert limits.seconds_to_run(2000 * 3000) > 600
    assert limits.seconds_to_open(500_000_000) == 40
    assert limits.memory_for(0, 2000 * 3000) == (2 << 30) + 18_000_000_000
    assert Limits(seconds=3, memory=5).seconds_to_run(10**9) == 3
    assert Limits(seconds=3, memory=5).memory_for(10**9, 10**9) == 5
