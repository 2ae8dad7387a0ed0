"""`archc build SPEC`: the layer table, the plan, a drawing, or the built weights."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archc.cli.specs import add_spec, compiled, folder_of

if TYPE_CHECKING:
    from archc.plan.compile import Compiled
    from archc.plan.table import Row


_EMITS = ("table", "plan", "json", "spec", "svg", "mermaid")


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
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
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="also build the module and write its weights (.safetensors); with --emit spec, svg or "
        "mermaid, the file to write instead of printing",
    )


def run(arguments: argparse.Namespace) -> int:
    """Compiles, prints, and builds where weights are asked for."""
    result = compiled(arguments.spec, arguments.overrides)
    if arguments.emit in ("spec", "svg", "mermaid"):
        return _emit(_text(result, arguments.emit), arguments.out)
    if arguments.out:
        _write_weights(result, arguments.out, folder_of(arguments.spec))
    if arguments.emit == "plan":
        from archc.plan.text import plan_text

        sys.stdout.write(plan_text(result.plan))
    elif arguments.emit == "json":
        from archc.plan.text import plan_json

        sys.stdout.write(plan_json(result.plan))
    else:
        _print_table(result, arguments)
    return 0


def _text(result: Compiled, form: str) -> str:
    if form == "spec":
        from archc.plan.written_text import written_text

        return written_text(result.spec, result.plan)
    from archc.report.mermaid import mermaid
    from archc.report.svg import svg

    return svg(result.plan) if form == "svg" else mermaid(result.plan)


def _emit(text: str, out: str | None) -> int:
    from archc.files.atomic import write_text

    if not out:
        sys.stdout.write(text)
        return 0
    write_text(out, text)
    sys.stderr.write(f"wrote {out}\n")
    return 0


def _print_table(result: Compiled, arguments: argparse.Namespace) -> None:
    from archc.plan.groups import parameter_groups
    from archc.plan.table import rows, totals

    train = result.spec.train
    groups = parameter_groups(result.plan, train) if train else ()
    named = {parameter: group.name for group in groups for parameter in group.parameters}
    table = rows(result.plan, named, full=arguments.full)
    batch = arguments.batch or (train.batch_size if train else 1)
    sums = totals(result.plan, batch)
    if arguments.json:
        sys.stdout.write(_as_json(table, result, batch))
        return
    from archc.cli.tables import layer_table, summary

    sys.stdout.write(layer_table(table, result))
    sys.stdout.write(summary(sums, result, batch))


def _as_json(table: tuple[Row, ...], result: Compiled, batch: int) -> str:
    from dataclasses import asdict

    from archc.cli.tables import frozen_in
    from archc.plan.table import totals

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
    from archc.modules.materialise import materialise
    from archc.modules.weights import save_weights

    seed = result.spec.train.seed if result.spec.train else 0
    module = materialise(result.plan, seed=seed, spec_dir=folder)
    save_weights(Path(out), dict(module.state_dict()), {"archc.spec": result.document.text})
    sys.stderr.write(f"wrote {out}\n")
