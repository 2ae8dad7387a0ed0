"""`archc build SPEC`: the layer table, the plan, a drawing, or the built weights."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import add_spec, compiled, folder_of
from archc.cli.writing import add_out, sparing
from archc.files.errors import printable

if TYPE_CHECKING:
    from archc.plan.compile import Compiled
    from archc.views.table import Row


_EMITS = ("table", "plan", "json", "spec", "svg", "mermaid")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_spec(parser)
    parser.add_argument(
        "--emit",
        choices=_EMITS,
        default="table",
        help="what to print; spec: the same model as a graph, every layer written out",
    )
    parser.add_argument("--full", action="store_true", help="every layer; the blocks are not folded")
    parser.add_argument("--json", action="store_true", help="the table as JSON")
    parser.add_argument("--batch", type=int, help="images in a batch, for the memory; default: the spec's")
    add_out(
        parser,
        "the file to write instead of printing; a name that ends in .safetensors gets the built module's "
        "weights, and the table is printed still",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compile, print, and build where weights are asked for."""
    result = compiled(arguments)
    out: str | None = arguments.out
    if out and out.endswith(".safetensors"):
        _write_weights(result, out, folder_of(arguments.spec))
        out = None
    if out:
        sparing(out, arguments.spec, a_spec=arguments.emit == "spec")
    return _emit(_text(result, arguments), out)


def _text(result: Compiled, arguments: argparse.Namespace) -> str:
    from archc.views import text

    match arguments.emit:
        case "spec":
            from archc.views.written_text import written_text

            return written_text(result.spec, result.plan)
        case "svg":
            from archc.views.drawing.svg import svg

            return svg(result.plan)
        case "mermaid":
            from archc.views.drawing.mermaid import mermaid

            return mermaid(result.plan)
        case "plan":
            return text.plan_text(result.plan)
        case "json":
            return text.plan_json(result.plan)
    return _table(result, arguments)


def _emit(text: str, out: str | None) -> int:
    from archc.files.atomic import write_text

    if not out:
        sys.stdout.write(text)
        return 0
    write_text(out, text)
    sys.stderr.write(f"wrote {printable(out)}\n")
    return 0


def _table(result: Compiled, arguments: argparse.Namespace) -> str:
    from archc.views.tables import grouped_rows, whole_table

    if not arguments.json:
        return whole_table(result, full=arguments.full, batch=arguments.batch)
    batch = arguments.batch or (result.spec.train.batch_size if result.spec.train else 1)
    return _as_json(grouped_rows(result, full=arguments.full), result, batch)


def _as_json(table: tuple[Row, ...], result: Compiled, batch: int) -> str:
    from dataclasses import asdict

    from archc.plan.totals import totals
    from archc.views.tables import frozen_in

    layers = [
        {
            "path": row.path,
            "op": row.op,
            "shape": [d if isinstance(d, int) else str(d) for d in row.out.shape],
            "parameters": row.parameters,
            "multiply_adds": row.multiply_adds,
            "group": row.group or None,
            "frozen_in_phases": frozen_in(row.group, result),
        }
        for row in table
    ]
    whole = {
        "name": result.plan.name,
        "batch": batch,
        "layers": layers,
        "totals": asdict(totals(result.plan, batch)),
    }
    return json.dumps(whole, indent=1) + "\n"


def _write_weights(result: Compiled, out: str, folder: Path) -> None:
    from archc.cli.taken import tell
    from archc.modules.materialize import materialize
    from archc.weights.files import save_weights

    seed = result.spec.train.seed if result.spec.train else 0
    module = materialize(result.plan, seed=seed, spec_dir=folder, told=tell)
    save_weights(Path(out), dict(module.state_dict()), {"archc.spec": result.document.text})
    sys.stderr.write(f"wrote {printable(out)}\n")
