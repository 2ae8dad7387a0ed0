"""From examples to weights: loss, optimizer, schedule, the loop, and the folder that a run leaves behind."""

from archc.training.engine import Engine, PlainEngine, choose_device
from archc.training.environment import describe_environment
from archc.training.evaluate import Evaluation, evaluate
from archc.training.events import EpochEnd, Notice, PhaseStart, Progress, RunEnd, RunStart, Step
from archc.training.fit import fit
from archc.training.metrics import summary
from archc.training.progress import show
from archc.training.run_folder import Record, Run, create_run, next_run, open_run

__all__ = [
    "Engine",
    "EpochEnd",
    "Evaluation",
    "Notice",
    "PhaseStart",
    "PlainEngine",
    "Progress",
    "Record",
    "Run",
    "RunEnd",
    "RunStart",
    "Step",
    "choose_device",
    "create_run",
    "describe_environment",
    "evaluate",
    "fit",
    "next_run",
    "open_run",
    "show",
    "summary",
]
