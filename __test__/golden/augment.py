"""Writes what torchvision's transforms v2 make of one image, for each change with fixed values.

    python -m pip install torchvision==0.29.2
    python augment.py

The image is augment.safetensors' `image`, `[height, width, 3]` uint8, and its bytes by 255 as floats.
"""

import json
from pathlib import Path

import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

from images import picture
from training_curves import write

HERE = Path(__file__).parent
SOURCE = torch.from_numpy(picture(24, 31)).permute(2, 0, 1).contiguous()
TENSORS = {"image": torch.from_numpy(picture(24, 31)).contiguous()}
CASES = []
SMOOTH, NEAREST = InterpolationMode.BILINEAR, InterpolationMode.NEAREST


def case(name, change, transform, floats=True):
    """For bytes, and for floats from 0 to 1."""
    whole = transform(SOURCE)
    TENSORS[name] = whole.permute(1, 2, 0).contiguous()
    if floats:
        part = transform(SOURCE.to(torch.float32) / 255)
        TENSORS[f"{name}/floats"] = part.permute(1, 2, 0).contiguous().to(torch.float32)
    CASES.append({"name": name, "change": change})


def ranged(kind, value, transform, probability=1):
    change = {"type": kind, "least": value, "most": value, "probability": probability}
    case(f"{kind} {value}", change, transform)


def places():
    case("flip", {"type": "flip", "horizontal": 1, "vertical": 0}, F.horizontal_flip, False)
    case("turned over", {"type": "flip", "horizontal": 0, "vertical": 1}, F.vertical_flip, False)
    # With a fill torchvision weighs what is left of a pixel at the border twice, so that one is nearest.
    for angle, mode, fill in [(30, SMOOTH, 0), (-110, NEAREST, 0), (12.5, NEAREST, 9)]:
        name = "bilinear" if mode == SMOOTH else "nearest"
        change = {"type": "rotate", "degrees": [angle, angle], "interpolation": name, "fill": fill}
        case(f"rotate {angle}", change, lambda x: F.rotate(x, angle, mode, fill=[float(fill)] * 3 if fill else None), False)
    for angle, scale, shear, mode in [
        (20, 1.3, (0, 0), SMOOTH), (-40, 0.7, (15, -10), SMOOTH), (10, 1, (0, 25), NEAREST),
    ]:
        name = "bilinear" if mode == SMOOTH else "nearest"
        change = {"type": "affine", "degrees": [angle, angle], "scale": [scale, scale],
                  "shear": [shear[0], shear[0], shear[1], shear[1]], "interpolation": name}
        case(f"affine {angle} {scale} {shear}", change,
             lambda x: F.affine(x, angle, [0, 0], scale, list(shear), mode), False)


def colours():
    for factor in (0.4, 1.7):
        ranged("brightness", factor, lambda x: F.adjust_brightness(x, factor))
        ranged("contrast", factor, lambda x: F.adjust_contrast(x, factor))
        ranged("saturation", factor, lambda x: F.adjust_saturation(x, factor))
        ranged("sharpness", factor, lambda x: F.adjust_sharpness(x, factor))
    for turn in (-0.3, 0.12, 0.5):
        ranged("hue", turn, lambda x: F.adjust_hue(x, turn))
    case("grey", {"type": "randomGrayscale", "probability": 1}, lambda x: F.rgb_to_grayscale(x, 3))


def tones():
    case("invert", {"type": "invert", "probability": 1}, F.invert)
    case("autocontrast", {"type": "autocontrast", "probability": 1}, F.autocontrast)
    case("equalize", {"type": "equalize", "probability": 1}, F.equalize)
    for share in (0.3, 0.6):
        change = {"type": "solarize", "threshold": share, "probability": 1}
        case(f"solarize {share}", change, lambda x: F.solarize(x, share * (255 if x.dtype == torch.uint8 else 1)))
    for bits in (1, 4, 8):
        change = {"type": "posterize", "bits": bits, "probability": 1}
        case(f"posterize {bits}", change, lambda x: F.posterize(x, bits))
    for size, sigma in [(3, 0.6), (9, 2.2)]:
        change = {"type": "gaussianBlur", "size": size, "sigma": sigma}
        case(f"blur {size}", change, lambda x: F.gaussian_blur(x, [size, size], [sigma, sigma]))


if __name__ == "__main__":
    places()
    colours()
    tones()
    write("augment", TENSORS)
    (HERE / "augment.json").write_text(json.dumps(CASES, indent=1) + "\n")
