"""What a runtime answers beside what torch answered. Runs in an environment that has numpy alone."""

import json
import sys
import traceback

import numpy as np


def trials(archive):
    """Inputs and expected outputs of each trial."""
    with np.load(archive) as held:
        found = {}
        for key in held.files:
            number, side, name = key.split("/", 2)
            found.setdefault(int(number), {"in": {}, "out": {}})[side][name] = held[key]
    return [found[number] for number in sorted(found)]


def error(expected, found):
    """The scaled error; of class numbers, how far the chosen score falls short of the best."""
    if expected.shape == found.shape:
        return float(np.abs(found.astype("f8") - expected).max() / max(np.abs(expected).max(), 1e-30))
    if (expected.shape[0], *expected.shape[2:]) != found.shape:
        raise ValueError(f"shape {found.shape}, expected {expected.shape}")
    chosen = np.take_along_axis(expected, np.expand_dims(found.astype("i8"), 1), axis=1)
    return float((expected.max(axis=1, keepdims=True) - chosen).max() / max(np.abs(expected).max(), 1e-30))


def report(work):
    """Print, as JSON, the worst error of `work(model, trial)` for each model, or what was said instead."""
    for model, archive in json.loads(sys.argv[1]):
        try:
            compute = work(model)
            worst = 0.0
            tried = trials(archive)
            for trial in tried:
                found = compute(trial["in"], list(trial["out"]))
                worst = max([worst, *(error(trial["out"][name], value) for name, value in found.items())])
            said = {"error": worst, "trials": len(tried)}
        except Exception as failure:
            lines = [line for line in str(failure).splitlines() if line.strip()] or [type(failure).__name__]
            said = {"failed": " ".join(lines)[:300], "where": traceback.format_exc()[-600:]}
        print(json.dumps({"model": model, **said}), flush=True)
