"""Writes what torchaudio, librosa and libsndfile compute for sounds: files, features, resampling, trimming.

    python -m pip install librosa==0.11.0 soundfile==0.14.0 && python -m pip install --no-deps torchaudio==2.11.0
    python audio.py

Samples come from `numbers`, which audio.test.ts computes as well; references are computed in float64.
Made with torch 2.15.0. Files of sound are in the folder audio, with their samples as libsndfile reads them.
"""

import json
from pathlib import Path

import librosa
import numpy as np
import soundfile
import torch

# torchaudio 2.11 is the newest; it compares its CUDA version, which is not used here, with PyTorch's.
torch.version.cuda = None
import torchaudio  # noqa: E402
from torchaudio import functional, transforms  # noqa: E402

from layers import numbers  # noqa: E402
from training_curves import write  # noqa: E402

HERE = Path(__file__).parent
FOLDER = HERE / "audio"
TENSORS, CASES = {}, []


def noise(name, samples):
    return np.asarray(numbers(name, samples), dtype=np.float32) / 4


def keep(name, values):
    TENSORS[name] = torch.as_tensor(np.asarray(values), dtype=torch.float32).contiguous()


def features(name, rate, samples, config, compute):
    """`compute` gives [features, frames]."""
    x = noise(name, samples).astype(np.float64)
    values = np.asarray(compute(x))
    keep(name, values.T)
    CASES.append({"name": name, "rate": rate, "samples": samples, "config": config})


def torched(make):
    return lambda x: make()(torch.tensor(x)).numpy()


def spectra():
    base = {"type": "spectrogram"}
    features("power", 8000, 900, base | {"fftSize": 64, "hopSize": 40, "windowSize": 48},
             torched(lambda: transforms.Spectrogram(64, 48, 40)))
    features("magnitude", 8000, 700, base | {"fftSize": 60, "hopSize": 33, "padding": "constant", "power": 1},
             torched(lambda: transforms.Spectrogram(60, hop_length=33, power=1, pad_mode="constant")))
    features("uncentred", 8000, 500, base | {"fftSize": 75, "windowSize": 50, "hopSize": 25, "centre": False},
             torched(lambda: transforms.Spectrogram(75, 50, 25, center=False)))
    features("short", 8000, 40, base | {"fftSize": 64, "hopSize": 16},
             torched(lambda: transforms.Spectrogram(64, hop_length=16)))


def mels():
    features("mel", 16000, 2000, {"type": "melSpectrogram"}, torched(lambda: transforms.MelSpectrogram(16000)))
    slaney = {"melScale": "slaney", "melNorm": "slaney"}
    options = {"fftSize": 512, "hopSize": 128, "mels": 40}
    features("melLibrosa", 16000, 3000,
             {"type": "melSpectrogram", "padding": "constant"} | options | slaney,
             lambda x: librosa.feature.melspectrogram(y=x, sr=16000, n_fft=512, hop_length=128, n_mels=40))
    features("melRange", 8000, 1500,
             {"type": "melSpectrogram", "fftSize": 256, "mels": 20, "minimumFrequency": 100,
              "maximumFrequency": 3500, "melScale": "slaney", "power": 1},
             torched(lambda: transforms.MelSpectrogram(8000, 256, f_min=100, f_max=3500, n_mels=20, power=1,
                                                       mel_scale="slaney")))


def logarithms():
    mel = {"fftSize": 512, "hopSize": 128, "mels": 40}

    def librosa_mel(x):
        return librosa.feature.melspectrogram(y=x, sr=16000, n_fft=512, hop_length=128, n_mels=40)

    slaney = {"melScale": "slaney", "melNorm": "slaney", "padding": "constant"}
    features("decibel", 16000, 3000, {"type": "logMel", "topDecibels": 10} | mel | slaney,
             lambda x: librosa.power_to_db(librosa_mel(x), top_db=10))
    features("decibelFree", 16000, 2000, {"type": "logMel", "topDecibels": None} | mel,
             torched(lambda: torch.nn.Sequential(transforms.MelSpectrogram(16000, 512, hop_length=128, n_mels=40),
                                                 transforms.AmplitudeToDB())))
    features("log10", 16000, 2000, {"type": "logMel", "logarithm": "log10"} | mel | slaney,
             lambda x: np.log10(np.maximum(librosa_mel(x), 1e-10)))
    features("natural", 8000, 1000, {"type": "logMel", "logarithm": "natural", "fftSize": 256, "mels": 30},
             torched(lambda: lambda x: torch.log(transforms.MelSpectrogram(8000, 256, n_mels=30)(x) + 1e-6)))


def cepstra():
    features("mfcc", 16000, 2000, {"type": "mfcc"}, torched(lambda: transforms.MFCC(16000)))
    features("mfccLibrosa", 16000, 3000,
             {"type": "mfcc", "coefficients": 13, "fftSize": 512, "hopSize": 128, "mels": 40,
              "melScale": "slaney", "melNorm": "slaney", "padding": "constant"},
             lambda x: librosa.feature.mfcc(y=x, sr=16000, n_mfcc=13, n_fft=512, hop_length=128, n_mels=40))
    features("mfccNatural", 8000, 1000,
             {"type": "mfcc", "coefficients": 20, "fftSize": 256, "mels": 30, "logarithm": "natural"},
             torched(lambda: transforms.MFCC(8000, 20, log_mels=True, melkwargs={"n_fft": 256, "n_mels": 30})))


def stft():
    x = torch.tensor(noise("stft", 600).astype(np.float64))
    window = torch.hann_window(50, dtype=torch.float64)
    y = torch.stft(x, 64, 20, 50, window, return_complex=True)
    keep("stft", torch.view_as_real(y).transpose(0, 1))


def resampling():
    cases = []
    for name, source, target, samples, options in [
        ("half", 16000, 8000, 301, {}),
        ("double", 8000, 16000, 200, {}),
        ("cd", 44100, 16000, 1000, {}),
        ("odd", 11025, 8000, 777, {"taper": "kaiser"}),
        ("sharp", 8000, 11025, 400, {"taper": "kaiser", "zeros": 64, "rolloff": 0.9475937167399596}),
        ("near", 16000, 15999, 50, {"zeros": 16}),
    ]:
        x = torch.tensor(noise(f"resample {name}", samples).astype(np.float64))
        method = "sinc_interp_" + options.get("taper", "hann")
        y = functional.resample(x, source, target, options.get("zeros", 6), options.get("rolloff", 0.99), method)
        keep(f"resample {name}", y)
        cases.append({"name": name, "samples": samples, "options": {"from": source, "to": target} | options})
    return cases


def trimming():
    cases = []
    for before, sound, after, options in [
        (3000, 2000, 4100, {}),
        (700, 900, 0, {"topDecibels": 20, "frameSize": 256, "hopSize": 64}),
        (0, 500, 300, {"frameSize": 100, "hopSize": 30}),
    ]:
        x = np.concatenate([np.zeros(before), noise("trim", sound), np.zeros(after)]).astype(np.float32)
        x += noise("hiss", len(x)) / 10_000
        _, kept = librosa.effects.trim(x, top_db=options.get("topDecibels", 60),
                                       frame_length=options.get("frameSize", 2048),
                                       hop_length=options.get("hopSize", 512))
        sizes = {"before": before, "sound": sound, "after": after}
        cases.append(sizes | {"options": options, "kept": [int(place) for place in kept]})
    return cases


def files():
    FOLDER.mkdir(exist_ok=True)
    time = np.arange(600) / 8000
    left = 0.5 * np.sin(2 * np.pi * 440 * time) + noise("left", 600).astype(np.float64) / 8
    stereo = np.stack([left, 0.3 * np.cos(2 * np.pi * 300 * time)], 1)
    long = np.arange(4000) / 16000
    tone = 0.4 * np.sin(2 * np.pi * 440 * long) * np.sin(np.pi * np.arange(4000) / 4000)
    cases = []
    for name, x, rate, kind, container in [
        ("pcm8.wav", left, 8000, "PCM_U8", "WAV"),
        ("pcm16.wav", stereo, 8000, "PCM_16", "WAV"),
        ("pcm24.wav", left, 8000, "PCM_24", "WAV"),
        ("pcm32.wav", left, 11025, "PCM_32", "WAV"),
        ("float32.wav", stereo, 8000, "FLOAT", "WAV"),
        ("float64.wav", left, 8000, "DOUBLE", "WAV"),
        ("extensible.wav", stereo, 48000, "PCM_24", "WAVEX"),
        ("pcm16.flac", stereo, 8000, "PCM_16", "FLAC"),
        ("pcm24.flac", left, 44100, "PCM_24", "FLAC"),
        ("tone.mp3", tone, 16000, "MPEG_LAYER_III", "MP3"),
    ]:
        soundfile.write(FOLDER / name, x, rate, subtype=kind, format=container)
        found, found_rate = soundfile.read(FOLDER / name, dtype="float32", always_2d=True)
        keep(name, found)
        cases.append({"name": name, "rate": found_rate, "channels": found.shape[1]})
    return cases


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    spectra()
    mels()
    logarithms()
    cepstra()
    stft()
    cases = {"features": CASES, "resample": resampling(), "trim": trimming(), "files": files()}
    torch.set_default_dtype(torch.float32)
    write("audio", TENSORS)
    (HERE / "audio.json").write_text(json.dumps(cases, indent=1) + "\n")
