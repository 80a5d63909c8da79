"""Every layer's config beside what PyTorch computes for it, on tensors laid out as Attune's."""

from dataclasses import dataclass, field
from typing import Callable

import torch
from torch.nn import functional as F


@dataclass
class Case:
    config: dict
    shape: list
    # Of the input and the weights and statistics by name.
    function: Callable
    weights: dict = field(default_factory=dict)
    # Running statistics, which the function changes in place.
    statistics: dict = field(default_factory=dict)
    mode: str = "train"
    # What the input is multiplied by.
    scale: float = 1
    # How far apart results may be, where they are further than those of plain sums.
    tolerance: float | None = None


CASES = []


def case(kind, shape, function, weights=None, statistics=None, mode="train", scale=1, tolerance=None, **options):
    """An option named like an argument of this function ends with an underscore."""
    config = {"type": kind} | {key.rstrip("_"): value for key, value in options.items()}
    CASES.append(Case(config, shape, function, weights or {}, statistics or {}, mode, scale, tolerance))


def last(function):
    """A function of channels first, on channels last."""
    return lambda x, w: function(x.movedim(-1, 1), w).movedim(1, -1)


def activations():
    functions = {
        "relu": F.relu,
        "leakyRelu": F.leaky_relu,
        "elu": F.elu,
        "selu": F.selu,
        "gelu": F.gelu,
        "silu": F.silu,
        "mish": F.mish,
        "tanh": torch.tanh,
        "sigmoid": torch.sigmoid,
        "softplus": F.softplus,
        "hardSwish": F.hardswish,
        "softmax": lambda x: F.softmax(x, -1),
        "logSoftmax": lambda x: F.log_softmax(x, -1),
        "glu": F.glu,
        "swiglu": lambda x: F.silu(x.chunk(2, -1)[0]) * x.chunk(2, -1)[1],
    }
    for name, f in functions.items():
        for shape, scale in [([3, 8], 1), ([2, 3, 6], 4), ([2, 2, 2, 4], 0.01), ([2, 10], 60), ([2, 4], 0)]:
            case(name, shape, lambda x, w, f=f: f(x), scale=scale)
    for slope in [0, 0.2]:
        case("leakyRelu", [3, 5], lambda x, w, s=slope: F.leaky_relu(x, s), negativeSlope=slope)
    for alpha in [0.5, 2]:
        case("elu", [3, 5], lambda x, w, a=alpha: F.elu(x, a), alpha=alpha)
    case("gelu", [3, 5], lambda x, w: F.gelu(x, approximate="tanh"), scale=3, approximate="tanh")
    for beta in [0.5, 3]:
        case("softplus", [3, 5], lambda x, w, b=beta: F.softplus(x, b), scale=4, beta=beta)
    case("prelu", [3, 5], lambda x, w: F.prelu(x, w["weight"]), {"weight": [1]})
    case("prelu", [2, 3, 4], lambda x, w: F.prelu(x, w["weight"]), {"weight": [1]}, initial=0.1)
    prelu = last(lambda x, w: F.prelu(x, w["weight"]))
    case("prelu", [2, 3, 3, 4], prelu, {"weight": [4]}, perChannel=True)


def options_of_activations():
    """As the `activation` of another layer."""
    w = {"weight": [4, 6], "bias": [6]}
    linear = lambda x, w: x @ w["weight"] + w["bias"]
    case("dense", [3, 4], lambda x, w: F.mish(linear(x, w)), w, units=6, activation="mish")
    case("dense", [3, 4], lambda x, w: F.glu(linear(x, w)), w, units=6, activation="glu")
    leaky = {"type": "leakyRelu", "negativeSlope": 0.3}
    case("dense", [3, 4], lambda x, w: F.leaky_relu(linear(x, w), 0.3), w, units=6, activation=leaky)
    prelu = lambda x, w: F.prelu(linear(x, w), w["activation.weight"])
    case("dense", [3, 4], prelu, w | {"activation.weight": [1]}, units=6, activation="prelu")
    case("dense", [2, 3, 4], lambda x, w: x @ w["weight"], {"weight": [4, 6]}, units=6, bias=False)


def pools():
    for f, name in [(F.max_pool1d, "maxPool1d"), (F.avg_pool1d, "avgPool1d")]:
        case(name, [2, 9, 3], last(lambda x, w, f=f: f(x, 2)), poolSize=2)
        case(name, [2, 9, 3], last(lambda x, w, f=f: f(x, 3, 1)), poolSize=3, stride=1)
        case(name, [2, 9, 3], last(lambda x, w, f=f: f(x, 3, 2, 1)), poolSize=3, stride=2, padding=1)
    uncounted = last(lambda x, w: F.avg_pool1d(x, 3, 2, 1, count_include_pad=False))
    case("avgPool1d", [2, 8, 3], uncounted, poolSize=3, stride=2, padding=1, countIncludePad=False)
    for f, name in [(F.max_pool2d, "maxPool2d"), (F.avg_pool2d, "avgPool2d")]:
        case(name, [2, 6, 5, 3], last(lambda x, w, f=f: f(x, 2)), poolSize=2)
        case(name, [2, 5, 6, 3], last(lambda x, w, f=f: f(x, (3, 2), (2, 1))), poolSize=[3, 2], stride=[2, 1])
        padded = last(lambda x, w, f=f: f(x, 3, 2, 1))
        case(name, [2, 6, 6, 2], padded, poolSize=3, stride=2, padding=1)
    uncounted = last(lambda x, w: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False))
    case("avgPool2d", [2, 6, 6, 2], uncounted, poolSize=3, stride=2, padding=1, countIncludePad=False)
    for size in [1, 2, 3, [3, 2], [5, 7]]:
        adaptive = last(lambda x, w, s=size: F.adaptive_avg_pool2d(x, s))
        case("adaptiveAvgPool2d", [2, 6, 5, 3], adaptive, outputSize=size)
    for name, f in [("globalAvgPool", torch.mean), ("globalMaxPool", torch.amax)]:
        case(name, [2, 4, 5, 3], lambda x, w, f=f: f(x, (1, 2)))
        case(name, [3, 7, 4], lambda x, w, f=f: f(x, 1))
        case(name, [2, 3, 2, 4], lambda x, w, f=f: f(x, (1, 2), keepdim=True), keepDims=True)


def shapes():
    w = {"layers.0.weight": [4, 3], "layers.0.bias": [3], "layers.2.weight": [3, 2], "layers.2.bias": [2]}
    first = lambda x, w: torch.tanh(x @ w["layers.0.weight"] + w["layers.0.bias"])
    perceptron = lambda x, w: first(x, w) @ w["layers.2.weight"] + w["layers.2.bias"]
    dense = [{"type": "dense", "units": 3}, {"type": "tanh"}, {"type": "dense", "units": 2}]
    for shape in [[3, 4], [2, 3, 4], [1, 4]]:
        case("sequential", shape, perceptron, w, layers=dense)
    luma = torch.tensor([[0.299], [0.587], [0.114]], dtype=torch.float64)
    for shape in [[2, 3, 4, 3], [1, 5, 2, 3]]:
        case("grayscale", shape, lambda x, w: x @ luma)
    case("grayscale", [2, 3, 3, 1], lambda x, w: x)
    case("flatten", [3, 2, 4], lambda x, w: x.flatten(1))
    case("flatten", [2, 3, 2, 2], lambda x, w: x.flatten(1))
    case("flatten", [5, 3], lambda x, w: x.flatten(1))
    for shape in [[2, 4], [-1, 2], [8]]:
        case("reshape", [3, 4, 2], lambda x, w, s=shape: x.reshape(3, *s), shape_=shape)
    for axes in [[2, 1, 3], [3, 1, 2], [1, 2, 3]]:
        case("permute", [2, 3, 4, 2], lambda x, w, a=axes: x.permute(0, *a), axes=axes)
    for padding, sides in [(1, (1, 1, 1, 1)), ([[0, 1], [2, 0]], (2, 0, 0, 1)), (0, (0, 0, 0, 0))]:
        case("zeroPad2d", [2, 3, 4, 2], last(lambda x, w, s=sides: F.pad(x, s)), padding=padding)
    for scale in [2, [3, 1], [2, 4]]:
        for mode, aligned in [("nearest", None), ("bilinear", False)]:
            factor = tuple(scale) if isinstance(scale, list) else scale
            larger = last(
                lambda x, w, f=factor, m=mode, a=aligned: F.interpolate(
                    x, scale_factor=f, mode=m, align_corners=a
                )
            )
            case("upsample2d", [2, 3, 4, 2], larger, scale_=scale, mode_=mode)
    thin = last(lambda x, w: F.interpolate(x, scale_factor=3, mode="bilinear", align_corners=False))
    case("upsample2d", [1, 1, 3, 2], thin, scale_=3, mode_="bilinear")
    dense = {"type": "dense", "units": 4, "bias": False}
    wide = {"type": "dense", "units": 6, "bias": False}
    case("residual", [3, 4], lambda x, w: x + x @ w["layer.weight"], {"layer.weight": [4, 4]}, layer=dense)
    projected = lambda x, w: x @ w["projection.weight"] + x @ w["layer.weight"]
    both = {"layer.weight": [4, 6], "projection.weight": [4, 6]}
    case("residual", [3, 4], projected, both, layer=wide, projection=wide)
    twice = {"type": "sequential", "layers": [wide, {"type": "relu"}, dense]}
    inner = {"layer.layers.0.weight": [4, 6], "layer.layers.2.weight": [6, 4]}
    block = lambda x, w: x + F.relu(x @ w["layer.layers.0.weight"]) @ w["layer.layers.2.weight"]
    case("residual", [3, 4], block, inner, layer=twice)
    identity = {"type": "sequential", "layers": []}
    case("concat", [3, 4], lambda x, w: torch.cat([x, x.tanh()], -1), branches=[identity, {"type": "tanh"}])
    one = {"branches.0.weight": [4, 6]}
    case("concat", [3, 4], lambda x, w: x @ w["branches.0.weight"], one, branches=[wide])
    three = [identity, {"type": "sigmoid"}, identity]
    stacked = lambda x, w: torch.cat([x, x.sigmoid(), x], 1)
    case("concat", [2, 3, 4], stacked, branches=three, axis=1)


def oi(w):
    """A kernel [...window, in, out] as PyTorch lays it out: [out, in, ...window]."""
    return w.movedim((-1, -2), (0, 1))


def convolutions():
    w = lambda k, c, f: {"weight": [*k, c, f], "bias": [f]}
    conv1 = lambda **o: last(lambda x, w: F.conv1d(x, oi(w["weight"]), w.get("bias"), **o))
    case("conv1d", [2, 9, 3], conv1(), w([3], 3, 4), filters=4, kernelSize=3)
    case(
        "conv1d",
        [2, 9, 4],
        conv1(stride=2, padding=1, groups=2),
        w([3], 2, 6),
        filters=6,
        kernelSize=3,
        stride=2,
        padding=1,
        groups=2,
    )
    case(
        "conv1d",
        [2, 9, 3],
        conv1(dilation=2, padding="same"),
        {"weight": [3, 3, 4]},
        filters=4,
        kernelSize=3,
        dilation=2,
        padding="same",
        bias=False,
    )
    causal = last(lambda x, w: F.relu(F.conv1d(F.pad(x, (4, 0)), oi(w["weight"]), w["bias"], dilation=2)))
    case(
        "conv1d",
        [2, 8, 2],
        causal,
        w([3], 2, 3),
        filters=3,
        kernelSize=3,
        dilation=2,
        padding="causal",
        activation="relu",
    )
    conv2 = lambda **o: last(lambda x, w: F.conv2d(x, oi(w["weight"]), w.get("bias"), **o))
    case("conv2d", [2, 5, 6, 3], conv2(), w([3, 3], 3, 4), filters=4, kernelSize=3)
    case(
        "conv2d",
        [2, 6, 6, 4],
        conv2(stride=2, padding=1, groups=2),
        w([3, 3], 2, 6),
        filters=6,
        kernelSize=3,
        stride=2,
        padding=1,
        groups=2,
    )
    case(
        "conv2d",
        [1, 7, 6, 2],
        conv2(dilation=(2, 1), padding="same"),
        {"weight": [3, 2, 2, 3]},
        filters=3,
        kernelSize=[3, 2],
        dilation=[2, 1],
        padding="same",
        bias=False,
    )
    case("depthwiseConv2d", [2, 5, 5, 3], conv2(groups=3), w([3, 3], 1, 3), kernelSize=3)
    case(
        "depthwiseConv2d",
        [2, 5, 5, 3],
        conv2(groups=3, padding=1, stride=2),
        w([3, 3], 1, 6),
        kernelSize=3,
        depthMultiplier=2,
        padding=1,
        stride=2,
    )
    case(
        "depthwiseConv2d",
        [2, 5, 6, 2],
        conv2(groups=2, dilation=2),
        {"weight": [2, 2, 1, 2]},
        kernelSize=2,
        dilation=2,
        bias=False,
    )
    separable = lambda **o: last(
        lambda x, w: F.conv2d(
            F.conv2d(x, oi(w["depthwiseWeight"]), groups=x.shape[1], **o),
            oi(w["pointwiseWeight"]),
            w.get("bias"),
        )
    )
    both = lambda k, c, m, f: {"depthwiseWeight": [k, k, 1, c * m], "pointwiseWeight": [1, 1, c * m, f]}
    case(
        "separableConv2d",
        [2, 5, 5, 3],
        separable(),
        both(3, 3, 1, 4) | {"bias": [4]},
        filters=4,
        kernelSize=3,
    )
    case(
        "separableConv2d",
        [2, 5, 5, 2],
        separable(padding=1, stride=2),
        both(3, 2, 2, 3) | {"bias": [3]},
        filters=3,
        kernelSize=3,
        depthMultiplier=2,
        padding=1,
        stride=2,
    )
    case(
        "separableConv2d",
        [2, 5, 5, 2],
        separable(padding="same", dilation=2),
        both(3, 2, 1, 3),
        filters=3,
        kernelSize=3,
        padding="same",
        dilation=2,
        bias=False,
    )


def transposed_convolutions():
    # The kernel is [...window, out / groups, in]; PyTorch's is [in, out / groups, ...window].
    for shape, size, per_group, options in [
        ([2, 3, 4, 2], [3, 3], 3, {}),
        ([2, 3, 3, 2], [4, 4], 3, {"stride": 2, "padding": 1}),
        ([2, 3, 4, 4], [3, 2], 3, {"stride": [2, 1], "groups": 2}),
        ([1, 3, 3, 2], [3, 3], 2, {"stride": 3, "padding": 1, "outputPadding": 1}),
        ([1, 3, 3, 2], [3, 3], 2, {"stride": 2, "outputPadding": 1, "dilation": 2}),
        ([1, 3, 3, 2], [2, 2], 2, {"stride": 1, "outputPadding": [2, 1], "dilation": 3}),
        ([1, 3, 3, 2], [2, 2], 2, {"stride": 3, "padding": 2, "outputPadding": 2}),
    ]:
        names = {"outputPadding": "output_padding"}
        torch_options = {
            names.get(key, key): tuple(value) if isinstance(value, list) else value
            for key, value in options.items()
        }
        f = last(lambda x, w, o=torch_options: F.conv_transpose2d(x, oi(w["weight"]), w["bias"], **o))
        filters = per_group * options.get("groups", 1)
        weights = {"weight": [*size, per_group, shape[-1]], "bias": [filters]}
        kernel = size if size[0] != size[1] else size[0]
        case("convTranspose2d", shape, f, weights, filters=filters, kernelSize=kernel, **options)
    # Keras' "same" is the padding with which the output is `stride` times as large.
    same = last(lambda x, w: F.conv_transpose2d(x, oi(w["weight"]), stride=2)[..., :-1, :-1])
    case(
        "convTranspose2d",
        [1, 3, 3, 2],
        same,
        {"weight": [3, 3, 2, 2]},
        filters=2,
        kernelSize=3,
        stride=2,
        padding="same",
        bias=False,
    )


def norms():
    affine = lambda *shape: {"weight": [*shape], "bias": [*shape]}
    running = {"runningMean": [3], "runningVariance": [3]}
    for mode in ["train", "eval"]:
        for momentum, epsilon in [(0.1, 1e-5), (0.3, 1e-5), (0.1, 1e-2)]:
            options = {"momentum": momentum, "epsilon": epsilon}
            f = last(
                lambda x, w, m=mode, o=(momentum, epsilon): F.batch_norm(
                    x,
                    w["runningMean"],
                    w["runningVariance"],
                    w.get("weight"),
                    w.get("bias"),
                    m == "train",
                    *o,
                )
            )
            case("batchNorm", [3, 2, 2, 3], f, affine(3), dict(running), mode, **options)
            case("batchNorm", [5, 3], f, {}, dict(running), mode, affine=False, **options)
            g = last(
                lambda x, w, m=mode, o=(momentum, epsilon): F.instance_norm(
                    x,
                    w["runningMean"],
                    w["runningVariance"],
                    w.get("weight"),
                    w.get("bias"),
                    m == "train",
                    *o,
                )
            )
            case(
                "instanceNorm",
                [2, 3, 2, 3],
                g,
                affine(3),
                dict(running),
                mode,
                affine=True,
                trackRunningStatistics=True,
                **options,
            )
    for mode in ["train", "eval"]:
        plain = last(lambda x, w: F.instance_norm(x, None, None, w.get("weight"), w.get("bias")))
        case("instanceNorm", [2, 3, 3, 2], plain, mode=mode)
        case("instanceNorm", [2, 6, 2], plain, affine(2), mode=mode, affine=True)
    for shape, axes, options in [
        ([3, 6], 1, {}),
        ([2, 3, 4], 2, {"axes": 2}),
        ([2, 3, 5], 1, {"epsilon": 0.1}),
    ]:
        size = shape[-axes:]
        eps = options.get("epsilon", 1e-5)
        f = lambda x, w, s=size, e=eps: F.layer_norm(x, s, w.get("weight"), w.get("bias"), e)
        case("layerNorm", shape, f, affine(*size), **options)
        case("layerNorm", shape, f, {"weight": size}, bias=False, **options)
        case("layerNorm", shape, f, affine=False, **options)
        eps = options.get("epsilon")
        # PyTorch's own epsilon is that of the input's type, and these numbers are float64.
        g = lambda x, w, s=size, e=eps: F.rms_norm(x, s, w.get("weight"), 2**-23 if e is None else e)
        case("rmsNorm", shape, g, {"weight": size}, **options)
        case("rmsNorm", shape, g, affine=False, **options)
    case("layerNorm", [3, 6], lambda x, w: F.layer_norm(x, [6]), scale=1e-3, affine=False)
    for groups, shape in [(2, [2, 3, 2, 4]), (4, [2, 5, 4]), (1, [3, 6])]:
        f = last(lambda x, w, g=groups: F.group_norm(x, g, w.get("weight"), w.get("bias")))
        case("groupNorm", shape, f, affine(shape[-1]), groups=groups)
    f = last(lambda x, w: F.group_norm(x, 3, eps=0.1))
    case("groupNorm", [2, 4, 6], f, groups=3, affine=False, epsilon=0.1)


activations()
options_of_activations()
pools()
shapes()
convolutions()
transposed_convolutions()
norms()


def convolutions_in_tiles():
    """Enough channels and places for Winograd's sums, and the same by direct ones."""
    f = last(lambda x, w: F.conv2d(x, oi(w["weight"]), w["bias"], padding=1))
    weights = {"weight": [3, 3, 16, 17], "bias": [17]}
    # Winograd's sums round by up to 16 epsilon of the sum of all products' sizes, here some 200.
    for algorithm, tolerance in [("auto", 4e-4), ("direct", None)]:
        case(
            "conv2d",
            [2, 7, 9, 16],
            f,
            weights,
            filters=17,
            kernelSize=3,
            padding="same",
            algorithm=algorithm,
            tolerance=tolerance,
        )


convolutions_in_tiles()
