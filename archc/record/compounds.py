"""Library modules that are several ops each, though their `forward` is one piece that cannot be traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from archc.record.draft import At, Draft
from archc.record.leaves import full_name, is_leaf, op_of
from archc.spec import layers as ops

Writer = Callable[[Draft, str, Any, At], At]


def compound(module: nn.Module) -> Writer | None:
    """Return what writes the ops of a module that is several.

    None for any other, or for settings without ops.
    """
    match full_name(type(module)):
        case "timm.layers.norm_act.BatchNormAct2d" if _acts(module) and _is_idle(module.drop):
            return _normed(lambda m: ops.BatchNorm2d(eps=m.eps, momentum=m.momentum, affine=m.affine))
        case "timm.layers.norm_act.GroupNormAct" if _acts(module) and _is_idle(module.drop):
            return _normed(lambda m: ops.GroupNorm(num_groups=m.num_groups, eps=m.eps))
        case "timm.layers.norm_act.LayerNormAct2d" if _acts(module) and _is_idle(module.drop):
            return _normed(lambda m: ops.LayerNorm2d(eps=m.eps))
        case "timm.layers.attention.Attention" if _is_plain(module):
            return _attention
    return None


def _acts(module: Any) -> bool:
    """Return whether a norm has weights and an activation that is an op."""
    tracked = getattr(module, "track_running_stats", True) and getattr(module, "momentum", 0.1) is not None
    return tracked and module.weight is not None and is_leaf(module.act)


def _is_idle(module: object) -> bool:
    return module is None or type(module) is nn.Identity


def _normed(norm: Callable[[Any], ops.Op]) -> Writer:
    def write(draft: Draft, path: str, module: Any, value: At) -> At:
        """Write a norm at the module's path, and behind it the activation, whose value is the module's."""
        if _is_idle(module.act):
            return draft.emit(norm(module), (value,), draft.applied(path), path)
        normed = draft.emit(norm(module), (value,), draft.applied(f"{path}.norm"), path)
        scope, _, last = path.rpartition(".")
        place = draft.called(scope, f"{last}_act")
        in_place = bool(getattr(module.act, "inplace", False))
        return draft.emit(op_of(path, module.act), (normed,), draft.applied(path), place, in_place=in_place)

    return write


def _is_plain(module: Any) -> bool:
    """Return whether an attention is query, key and value from one linear layer, and nothing between."""
    idle = all(_is_idle(getattr(module, name, None)) for name in ("q_norm", "k_norm", "norm", "gate"))
    return idle and module.attn_drop.p == 0 and module.attn_dim == module.num_heads * module.head_dim


def _attention(draft: Draft, path: str, module: Any, value: At) -> At:
    packed = _linear(draft, f"{path}.qkv", module.qkv, value)
    place = draft.called(path, "attention")
    mixed = draft.emit(ops.PackedAttention(num_heads=module.num_heads), (packed,), place, place)
    projected = _linear(draft, f"{path}.proj", module.proj, mixed)
    dropped = f"{path}.proj_drop"
    return draft.emit(op_of(dropped, module.proj_drop), (projected,), draft.applied(dropped), dropped)


def _linear(draft: Draft, path: str, module: nn.Linear, value: At) -> At:
    return draft.emit(op_of(path, module), (value,), draft.applied(path), path)
