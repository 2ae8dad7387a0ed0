"""A record of a body that changed since it was recorded is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from archc.bodies import catalog as bodies
from archc.cli.main import main
from archc.files.errors import WorldError
from archc.files.seal import json_is_intact
from archc.record.text import text_of

SHIPPED = sorted(bodies.SHIPPED.glob("*/*.json"))
ALEXNET = json.loads((bodies.SHIPPED / "torchvision" / "alexnet.json").read_text("utf-8"))
SPEC = (
    'archc = 1\n[input]\nsize = [64, 64]\n[model]\nkind = "classifier"\nclasses = 2\nbody.ref = "mine/net"\n'
)


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "archc_bodies" / "mine" / "net.json"
    path.parent.mkdir(parents=True)
    path.write_text(text_of(ALEXNET | {"ref": "mine/net"}))
    return path


def test_all_that_are_shipped_are_sealed() -> None:
    assert len(SHIPPED) > 70
    for path in SHIPPED:
        assert json_is_intact(path.read_bytes()), path
        assert text_of(json.loads(path.read_text("utf-8"))) == path.read_text("utf-8")


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_in_a_projects_record(record: Path, seed: int) -> None:
    folder = record.parents[1]
    for bit in random.Random(seed).sample(range(record.stat().st_size * 8), 30):
        flip(record, bit)
        with pytest.raises(WorldError, match=r"net\.json`"):
            bodies.find("mine/net", (folder,))
        flip(record, bit)
        bodies._read_once.cache_clear()
    assert bodies.find("mine/net", (folder,)).ref == "mine/net"


@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_in_a_shipped_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    path = tmp_path / "torchvision" / "alexnet.json"
    path.parent.mkdir()
    path.write_text(text_of(ALEXNET))
    monkeypatch.setattr(bodies, "SHIPPED", tmp_path)
    bodies.shipped.cache_clear()
    for bit in random.Random(seed).sample(range(path.stat().st_size * 8), 30):
        flip(path, bit)
        with pytest.raises(WorldError, match="install archc again"):
            bodies.shipped("torchvision/alexnet")
        flip(path, bit)
    bodies.shipped.cache_clear()


def test_validate_names_the_record_and_the_remedy(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.toml").write_text(SPEC)
    assert main(["validate", str(tmp_path / "a.toml")]) == 0
    record.write_text(record.read_text().replace('"stride":4', '"stride":2'))
    assert main(["validate", str(tmp_path / "a.toml")]) == 2
    said = capsys.readouterr().err
    assert "net.json` is not as `archc record` wrote it: it is damaged, or edited by hand" in said
    assert "`archc record mine/net` records it again" in said


def test_a_record_without_a_digest_is_recorded_again(record: Path) -> None:
    record.write_text(json.dumps(ALEXNET | {"ref": "mine/net"} | {"archc.digest": "0" * 64}))
    with pytest.raises(WorldError, match="is not as `archc record` wrote it"):
        bodies.find("mine/net", (record.parents[1],))
    record.write_text(
        json.dumps({k: v for k, v in ALEXNET.items() if "digest" not in k} | {"ref": "mine/net"})
    )
    with pytest.raises(WorldError, match="is not as `archc record` wrote it"):
        bodies.find("mine/net", (record.parents[1],))


def test_a_record_checked_out_on_windows_is_the_same(record: Path) -> None:
    record.write_bytes(record.read_bytes().replace(b"\n", b"\r\n"))
    assert bodies.find("mine/net", (record.parents[1],)).ref == "mine/net"
