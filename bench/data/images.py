"""The peer of images.mjs: torchvision with a DataLoader of two workers. Answers each line with a pass.

    python images.py path/to/folder

A pass decodes all files of an ImageFolder, takes random parts at 224 by 224, flips, and normalises.
"""

import json
import sys
import time

import torch
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def peak():
    """Of this process and its workers, in MiB."""
    import os
    total = 0
    mine = os.getpid()
    for entry in os.listdir("/proc"):
        try:
            status = open(f"/proc/{entry}/status").read() if entry.isdigit() else ""
        except OSError:
            continue
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        if fields and (int(entry) == mine or int(fields.get("PPid", 0)) == mine):
            total += int(fields.get("VmHWM", "0 kB").split()[0])
    return total / 1024


def main(root):
    transform = v2.Compose([
        v2.RandomResizedCrop(224, antialias=True), v2.RandomHorizontalFlip(), v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, DEVIATION),
    ])
    loader = DataLoader(ImageFolder(root, transform), batch_size=64, shuffle=True, num_workers=2,
                        persistent_workers=True)
    for _ in sys.stdin:
        begin, samples, sum_ = time.perf_counter(), 0, 0.0
        for x, _ in loader:
            samples += len(x)
            sum_ += float(x[0, 0, 0, 0])
        seconds = time.perf_counter() - begin
        print(json.dumps({"seconds": seconds, "peak": peak(), "samples": samples}), flush=True)


main(sys.argv[1])
