"""Weight files are read without running them, matched by name with all faults told, and written whole."""

import builtins
import io
import os
import pickle
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from archc.files.errors import WorldError
from archc.files.hashing import sha256_file
from archc.files.safetensors_header import read_header
from archc.weights.assign import adapt_input_channels, ready
from archc.weights.files import read_weights, save_weights


def tensors() -> dict[str, Tensor]:
    return {
        "conv.weight": torch.arange(24.0).reshape(2, 3, 2, 2),
        "conv.bias": torch.ones(2),
        "bn.num_batches_tracked": torch.tensor(7),
    }


def same(left: dict[str, Tensor], right: dict[str, Tensor]) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)


def test_the_older_format_of_torch(tmp_path: Path) -> None:
    torch.save(tensors(), tmp_path / "w.pth", _use_new_zipfile_serialization=False)
    assert same(read_weights(tmp_path / "w.pth"), tensors())


def test_parameters_come_back_as_plain_tensors(tmp_path: Path) -> None:
    state = {name: nn.Parameter(t, requires_grad=t.ndim > 0) for name, t in tensors().items() if t.ndim}
    torch.save(state, tmp_path / "w.pth")
    found = read_weights(tmp_path / "w.pth")
    assert same(found, {name: t.detach() for name, t in state.items()})
    assert not any(tensor.requires_grad for tensor in found.values())


def test_safetensors_of_others(tmp_path: Path) -> None:
    safetensors.torch.save_file(tensors(), tmp_path / "w.safetensors")
    assert same(read_weights(tmp_path / "w.safetensors"), tensors())


class Payload:
    """Runs `function(*arguments)` when it is unpickled by a careless reader."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


PAYLOADS: dict[str, Callable[[str], Any]] = {
    "system": lambda mark: Payload(os.system, f"touch {mark}"),
    "exec": lambda mark: Payload(exec, f"open({mark!r}, 'w')"),
    "eval": lambda mark: Payload(eval, f"open({mark!r}, 'w')"),
    "open": lambda mark: Payload(builtins.open, mark, "w"),
    "popen": lambda mark: Payload(subprocess.Popen, ["touch", mark]),
    "makedirs": lambda mark: Payload(os.makedirs, mark),
    "getattr": lambda mark: Payload(getattr, "text", "upper"),
    "write_text": lambda mark: Payload(Path.write_text, Path(mark), "x"),
    "torch.load": lambda mark: Payload(torch.load, mark),
    "module": lambda mark: nn.Linear(1, 1),
}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, payload: str, modern: bool, force: bool
) -> None:
    mark = tmp_path / "ran"
    content = {"weight": torch.ones(1), "bias": PAYLOADS[payload](str(mark))}
    torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=modern)
    if force:
        monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(WorldError, match="could run code") as caught:
        read_weights(tmp_path / "w.pth")
    assert not mark.exists()
    assert caught.value.message.isprintable()


def test_a_bare_pickle_does_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (tmp_path / "w.pth").write_bytes(pickle.dumps(Payload(os.makedirs, str(mark))))
    with pytest.raises(WorldError):
        read_weights(tmp_path / "w.pth")
    assert not mark.exists()


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"<html>Not Found</html>", b"PK\x03\x04 half a zip", bytes(4096)])
def test_what_is_no_weight_file(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"w{suffix}"
    path.write_bytes(content)
    with pytest.raises(WorldError, match=str(path)):
        read_weights(path)


def test_a_truncated_file(tmp_path: Path) -> None:
    for name, save in (("w.pth", torch.save), ("w.safetensors", safetensors.torch.save_file)):
        save(tensors(), tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        for length in (len(whole) // 2, len(whole) - 1):
            (tmp_path / name).write_bytes(whole[:length])
            with pytest.raises(WorldError):
                read_weights(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ([torch.ones(1)], "list"),
        ({}, "holds no weights"),
        (torch.ones(1), "holds no weights"),
        ({"epoch": 3, "lr": 0.1}, "holds no weights"),
        ({1: torch.ones(2)}, "holds no weights"),
        ({"a": torch.ones(1).expand(10**12)}, "claims more values"),
        ({"a": torch.ones(4, device="meta")}, "meta device"),
        ({"a": torch.eye(3).to_sparse()}, "sparse"),
    ],
)
def test_what_is_no_state_dict(tmp_path: Path, content: Any, why: str) -> None:
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(WorldError, match=why):
        read_weights(tmp_path / "w.pth")


def test_a_compressed_archive_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(1 << 20)}, buffer)
    with (
        zipfile.ZipFile(buffer) as plain,
        zipfile.ZipFile(tmp_path / "w.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for record in plain.namelist():
            packed.writestr(record, plain.read(record))
    with pytest.raises(WorldError, match="compressed"):
        read_weights(tmp_path / "w.pth")


@pytest.mark.parametrize(("name", "why"), [("absent.pth", "no weight file"), ("w.onnx", "not a weight file")])
def test_names_that_cannot_be_read(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "w.onnx").write_bytes(b"x")
    with pytest.raises(WorldError, match=why):
        read_weights(tmp_path / name)


def test_made_ready_without_a_copy() -> None:
    found = {"a": torch.ones(64), "n": torch.tensor(7)}
    made = ready(found, {"a": torch.empty(64), "n": torch.tensor(0)})
    assert made["a"].data_ptr() == found["a"].data_ptr()


def test_floats_become_float32_and_integers_what_the_model_has() -> None:
    found = {"a": torch.ones(2).half(), "b": torch.ones(2).double(), "n": torch.tensor(7, dtype=torch.int32)}
    like = {"a": torch.empty(2), "b": torch.empty(2), "n": torch.tensor(0)}
    assert [t.dtype for t in ready(found, like).values()] == [torch.float32, torch.float32, torch.int64]


def test_two_tensors_of_a_model_never_share_one_of_a_file() -> None:
    tensor = torch.ones(64)
    apart = ready({"a": tensor, "b": tensor}, {"a": torch.empty(64), "b": torch.empty(64)})
    assert apart["a"].data_ptr() != apart["b"].data_ptr()
    one = torch.empty(64)
    tied = ready({"a": tensor, "b": tensor}, {"a": one, "b": one})
    assert tied["a"].data_ptr() == tied["b"].data_ptr()


def test_channels_by_fastais_rules() -> None:
    weight = torch.randn(4, 3, 2, 2)
    assert adapt_input_channels(weight, 3) is weight
    assert torch.equal(adapt_input_channels(weight, 1), weight.sum(1, keepdim=True))
    assert torch.equal(adapt_input_channels(weight, 2), weight[:, :2] * 1.5)
    five = adapt_input_channels(weight, 5)
    assert torch.equal(five[:, :3], weight)
    assert five[:, 3:].count_nonzero() == 0
    assert five.shape == (4, 5, 2, 2)


@pytest.mark.slow  # importing fastai takes more than ten seconds
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 9])
def test_channels_as_fastai_itself(channels: int) -> None:
    learner = pytest.importorskip("fastai.vision.learner", reason="needs fastai")
    layer = nn.Conv2d(3, 4, 3)
    expected = adapt_input_channels(layer.weight.detach(), channels)
    body = nn.Sequential(layer)
    if channels != 3:
        learner._update_first_layer(body, channels, pretrained=True)
    assert torch.equal(next(body.parameters()), expected)


@pytest.mark.parametrize("shape", [(4, 1, 3, 3), (4, 6, 3, 3), (4, 3), (4, 3, 3), (4, 3, 3, 3, 3)])
def test_only_a_convolution_over_three_channels_is_adapted(shape: tuple[int, ...]) -> None:
    with pytest.raises(WorldError, match="x".join(map(str, shape))):
        adapt_input_channels(torch.ones(shape), 4)


DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
]  # fmt: skip


def test_saved_as_safetensors_that_the_library_reads(tmp_path: Path) -> None:
    saved = {str(dtype): torch.tensor([[1, 0], [1, 1]]).to(dtype) for dtype in DTYPES}
    saved |= {"scalar": torch.tensor(3), "empty": torch.ones(0, 4), "turned": torch.arange(6).reshape(2, 3).T}
    save_weights(tmp_path / "w.safetensors", saved, {"archc.spec": "archc = 1\n# ünï"})
    assert same(safetensors.torch.load_file(tmp_path / "w.safetensors"), dict(sorted(saved.items())) | saved)
    assert same(read_weights(tmp_path / "w.safetensors"), saved)
    with safetensors.safe_open(tmp_path / "w.safetensors", "pt") as file:
        found = file.metadata()
    assert set(found) == {"archc.spec", "archc.digest"}
    assert found["archc.spec"] == "archc = 1\n# ünï"
    for entry in read_header(tmp_path / "w.safetensors").tensors.values():
        width = 8 if entry.dtype in ("I64", "F64") else 4 if entry.dtype in ("I32", "F32") else 1
        assert entry.start % width == 0


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    text = {f"key{n}": "x" * n for n in range(20)}
    save_weights(tmp_path / "a", tensors(), text)
    save_weights(tmp_path / "b", dict(reversed(tensors().items())), dict(reversed(text.items())))
    assert sha256_file(tmp_path / "a") == sha256_file(tmp_path / "b")


def test_shared_tensors_are_stored_once_and_come_back_shared(tmp_path: Path) -> None:
    weight = torch.randn(1000)
    saved = {"right.weight": weight, "left.weight": weight, "part": weight[:10], "equal": weight.clone()}
    save_weights(tmp_path / "w.safetensors", saved)
    assert set(read_header(tmp_path / "w.safetensors").tensors) == {"left.weight", "part", "equal"}
    found = read_weights(tmp_path / "w.safetensors")
    assert same(dict(sorted(found.items())), dict(sorted(saved.items())))
    assert found["right.weight"] is found["left.weight"]


def test_a_parameter_that_needs_a_gradient_is_saved(tmp_path: Path) -> None:
    save_weights(tmp_path / "w.safetensors", nn.Linear(2, 3).state_dict(keep_vars=True))
    assert read_weights(tmp_path / "w.safetensors")["weight"].shape == (3, 2)


def test_a_node_called_module_keeps_its_name_in_our_own_files(tmp_path: Path) -> None:
    save_weights(tmp_path / "w.safetensors", {"module.weight": torch.ones(1)}, {"archc.version": "1"})
    assert list(read_weights(tmp_path / "w.safetensors")) == ["module.weight"]


def test_rewriting_leaves_tensors_that_are_still_mapped(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, {"a": torch.ones(100_000)})
    mapped = read_weights(path)["a"]
    save_weights(path, {"a": torch.zeros(10)})
    assert mapped.sum().item() == 100_000


def test_a_failing_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(path, tensors())
    before = path.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WorldError, match=r"w\.safetensors.*No space left"):
        save_weights(path, {"a": torch.ones(5)})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["w.safetensors"]
