"""Writes image files of each kind with the pixels that Pillow reads, and what torchvision makes of their sizes.

    python -m pip install pillow==13.0.0 torchvision==0.29.2
    python images.py

Files are in the folder images, numbers in images.safetensors, cases in images.json.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode, v2

from training_curves import write

HERE = Path(__file__).parent
FOLDER = HERE / "images"
TENSORS = {}


def picture(height, width, seed=0):
    """Soft shapes and a few hard edges, in three channels."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (3 + c) + seed) + np.cos(y / (4 + c)) + np.sin((x + y) / (5 - c)) for c in range(3)]
    image = np.stack(waves, -1) * 40 + 128
    image[height // 4 : height // 2, width // 3 : width // 2] = [230, 40, 90]
    return np.clip(image, 0, 255).astype(np.uint8)


def keep(name, array):
    TENSORS[name] = torch.as_tensor(np.array(array, dtype=np.uint8)).contiguous()


def files():
    FOLDER.mkdir(exist_ok=True)
    rgb = Image.fromarray(picture(20, 27))
    opaque = np.linspace(0, 255, 20 * 27).astype(np.uint8).reshape(20, 27)
    rgba = rgb.copy()
    rgba.putalpha(Image.fromarray(opaque))
    wide = Image.fromarray((picture(20, 27)[..., 0].astype(np.uint16) * 257))
    exif = Image.Exif()
    exif[0x0112] = 6
    other = Image.fromarray(picture(20, 27, seed=2))
    saved = {
        "rgb.png": (rgb, {}),
        "grey.png": (rgb.convert("L"), {}),
        "palette.png": (rgb.quantize(16), {}),
        "rgba.png": (rgba, {}),
        "wide.png": (wide, {}),
        "rgb.jpg": (rgb, {"quality": 92, "subsampling": 0}),
        "subsampled.jpeg": (rgb, {"quality": 80}),
        "progressive.jpg": (rgb, {"quality": 90, "progressive": True}),
        "grey.jpg": (rgb.convert("L"), {"quality": 90}),
        "turned.jpg": (rgb, {"quality": 92, "subsampling": 0, "exif": exif}),
        "lossless.webp": (rgb, {"lossless": True}),
        "lossy.webp": (rgb, {"quality": 85}),
        "rgb.bmp": (rgb, {}),
        "moving.gif": (rgb.quantize(32), {"save_all": True, "append_images": [other.quantize(32)]}),
    }
    cases = []
    for name, (image, options) in saved.items():
        image.save(FOLDER / name, **options)
        found = Image.open(FOLDER / name)
        if name == "wide.png":
            found = Image.fromarray((np.asarray(found) // 257).astype(np.uint8))
        found = ImageOps.exif_transpose(found)
        keep(f"{name}/3", found.convert("RGB"))
        keep(f"{name}/1", found.convert("RGB").convert("L"))
        exact = name.endswith((".png", ".bmp", ".gif")) or name == "lossless.webp"
        cases.append({"name": name, "exact": exact, "height": found.height, "width": found.width})
    return cases


def sizes():
    """By Pillow, which is what torchvision does with an image that it has not made a tensor."""
    modes = InterpolationMode
    source = Image.fromarray(picture(61, 83))
    (FOLDER / "sizes").mkdir(exist_ok=True)
    source.save(FOLDER / "sizes" / "sizes.png")
    cases = []

    def case(name, transform, **options):
        keep(name, transform(source))
        cases.append({"name": name, "options": options})

    for mode, interpolation in [
        ("nearest", modes.NEAREST), ("bilinear", modes.BILINEAR), ("bicubic", modes.BICUBIC),
        ("area", modes.BOX), ("lanczos", modes.LANCZOS),
    ]:
        case(f"smaller {mode}", v2.Resize((17, 23), interpolation), size=[17, 23], fit="stretch", interpolation=mode)
        case(f"larger {mode}", v2.Resize((90, 95), interpolation), size=[90, 95], fit="stretch", interpolation=mode)
    case("crop", v2.Compose([v2.Resize(24), v2.CenterCrop(24)]), size=24)
    case("resized crop", v2.Compose([v2.Resize(32), v2.CenterCrop(28)]), size=28, resize=32)
    case("larger crop", v2.Compose([v2.Resize(70), v2.CenterCrop(70)]), size=70)

    def padded(image):
        inner = image.resize((40, 61 * 40 // 83), Image.Resampling.BILINEAR)
        outer = Image.new("RGB", (40, 40), (7, 7, 7))
        outer.paste(inner, (0, (40 - inner.height) // 2))
        return outer

    case("pad", padded, size=40, fit="pad", fill=7)
    return cases


if __name__ == "__main__":
    cases = {"files": files(), "sizes": sizes()}
    write("images", TENSORS)
    (HERE / "images.json").write_text(json.dumps(cases, indent=1) + "\n")
