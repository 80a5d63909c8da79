"""Makes a folder of photographs to bench with, out of the two that scikit-learn ships (CC BY 2.0).

    python make-photographs.py photographs 600

Each file is a part of one of them at 500 by 375 pixels, JPEG of quality 90, as ImageNet's are.
"""

import random
import sys
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_sample_images

root, count = Path(sys.argv[1]), int(sys.argv[2])
draw = random.Random(0)
for kind, array in zip(["china", "flower"], load_sample_images().images):
    photograph = Image.fromarray(array)
    (root / kind).mkdir(parents=True, exist_ok=True)
    for number in range(count // 2):
        width = draw.randint(320, 640)
        height = width * 3 // 4
        height, width = min(height, 427), min(width, 427 * 4 // 3)
        left, top = draw.randint(0, 640 - width), draw.randint(0, 427 - height)
        part = photograph.crop((left, top, left + width, top + height)).resize((500, 375), Image.LANCZOS)
        part.save(root / kind / f"{number:04d}.jpg", quality=90)
