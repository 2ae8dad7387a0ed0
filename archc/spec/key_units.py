"""The units of keys that hold numbers, for the reference.

Every key with a number has one; "none" says that it is a plain number, such as an exponent or a slope.
"""

from __future__ import annotations

_UNITS: dict[str, str] = {
    "pixels": "size",
    "images": "batch_size",
    "epochs": "epochs",
    "pairs": "train_pairs valid_pairs",
    "triplets": "train_triplets valid_triplets",
    "processes": "workers",
    "folders": "levels",
    "degrees": "rotate shear",
    "turns": "hue",
    "channels": "channels out_channels in_channels num_features normalized_shape num_channels "
    "squeeze_channels",
    "features": "in_features out_features embedding_dim embedding embed_dim dim_feedforward hidden outputs",
    "elements": "kernel_size stride padding dilation output_padding output_size shape unflattened_size "
    "output",
    "index of a dimension": "dim dims start_dim end_dim",
    "index of a child": "cut",
    "groups": "groups num_groups",
    "heads": "num_heads nhead",
    "vectors": "num_embeddings",
    "times": "times",
    "classes": "classes",
    "parameters": "max_parameters num_parameters",
    "multiply-adds": "max_multiply_adds",
    "bytes": "max_activation_bytes max_file_bytes",
    "probability": "p dropout horizontal_flip vertical_flip label_smoothing",
    "share": "valid same warmup translate momentum betas layer_decay",
    "per step": "lr",
    "factor": "scale scale_factor upscale_factor downscale_factor multiplier ratio gain weight weights "
    "positive_weights dice brightness contrast saturation start_divisor final_divisor weight_decay",
    "sample value": "range values ignore fill",
    "sample value, scaled to 0 to 1": "mean std",
    "distance": "margin",
    "gradient norm": "gradient_clip",
    "seed": "seed split_seed valid_seed",
    "version": "opset archc",
    "none": "eps a alpha beta k lambd min_val max_val negative_slope threshold init value low high "
    "output_range smooth arguments gamma",
}
_OF_A_CLASS: dict[str, str] = {
    "Augment.scale": "factor of zoom",
    "Init.mean": "none",
    "Init.std": "none",
    "LocalResponseNorm.size": "channels",
    "Upsample.size": "elements",
    "LabelTarget.values": "value of the column",
    "TagsTarget.values": "value of the column",
}
_UNIT_OF = {key: unit for unit, keys in _UNITS.items() for key in keys.split()}


def unit_of(cls: str, key: str) -> str:
    """Return the unit of a key of a class; empty where none is known."""
    return _OF_A_CLASS.get(f"{cls}.{key}", _UNIT_OF.get(key, ""))
