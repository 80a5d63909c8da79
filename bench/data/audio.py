"""The peer of audio.mjs: log-mel features of a folder of WAV files by librosa, in two processes.

    python audio.py path/to/recordings

Answers each line on stdin with the seconds of a pass over all files and the memory of its processes
at their largest. librosa's filter bank is made once for each process, as its users do who know it.
"""

import json
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import librosa  # noqa: E402
import numpy as np  # noqa: E402
import soundfile  # noqa: E402

BANK = librosa.filters.mel(sr=8000, n_fft=256, n_mels=40, htk=True, norm=None)


def features(path):
    samples, _ = soundfile.read(path, dtype="float32")
    samples = librosa.util.fix_length(samples, size=8000)
    power = np.abs(librosa.stft(samples, n_fft=256, hop_length=80, pad_mode="reflect")) ** 2
    return librosa.power_to_db(BANK @ power).T


def peak(_):
    time.sleep(0.05)
    return os.getpid(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    paths = sorted(str(path) for path in Path(sys.argv[1]).glob("*.wav"))
    with multiprocessing.Pool(2) as pool:
        for _ in sys.stdin:
            begin = time.perf_counter()
            values = np.stack(pool.map(features, paths, chunksize=50))
            seconds = time.perf_counter() - begin
            assert values.shape == (len(paths), 101, 40)
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            workers = sum(dict(pool.map(peak, range(4), chunksize=1)).values())
            print(json.dumps({"seconds": seconds, "peak": own + workers, "samples": len(values)}), flush=True)
