"""`archc schema`: the JSON Schema of specs, for editors."""

from __future__ import annotations

import argparse
import json
import sys

from archc.cli.writing import add_out


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_out(parser, "write it there; else it is printed")
    parser.add_argument("--id", metavar="URL", help="where it will be published, as its $id")


def run(arguments: argparse.Namespace) -> int:
    """Print or write the schema of the language that this archc reads."""
    from archc.spec.json_schema import json_schema

    schema = json_schema()
    if arguments.id:
        schema = {"$schema": schema["$schema"], "$id": arguments.id} | schema
    text = json.dumps(schema, indent=1) + "\n"
    if not arguments.out:
        sys.stdout.write(text)
        return 0
    from archc.files.atomic import write_text

    write_text(arguments.out, text)
    sys.stderr.write(f"wrote {arguments.out}\n")
    return 0
