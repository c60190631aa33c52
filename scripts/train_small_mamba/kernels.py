# SPDX-License-Identifier: Apache-2.0
"""The C kernels of kernels.c as differentiable torch functions, and their self-test.

Call `build` once; then `conv_silu` and `scan` can be used like any torch function.
"""
import ctypes
import subprocess
from pathlib import Path

import torch
import torch.nn.functional as F

D_STATE = 16
SOURCE = Path(__file__).with_name("kernels.c")
FLAGS = ["-std=c11", "-Wall", "-Wextra", "-O3", "-march=native", "-ffast-math", "-fPIC", "-shared"]

_library = None


def build(folder):
    """Compile kernels.c into `folder` unless it is there and newer, and load it."""
    global _library
    target = Path(folder) / "kernels.so"
    if not target.exists() or target.stat().st_mtime < SOURCE.stat().st_mtime:
        target.parent.mkdir(parents=True, exist_ok=True)
        defines = [f"-DD_STATE={D_STATE}"]
        subprocess.run(["gcc", *FLAGS, *defines, "-o", target, SOURCE, "-lm"], check=True)
    _library = ctypes.CDLL(str(target.resolve()))


def _call(name, sizes, tensors):
    """Call a kernel with sizes, then one pointer for each (contiguous float32) tensor."""
    for tensor in tensors:
        assert tensor.is_contiguous() and tensor.dtype == torch.float32
    arguments = [ctypes.c_size_t(size) for size in sizes]
    arguments += [ctypes.c_void_p(tensor.data_ptr()) for tensor in tensors]
    return getattr(_library, name)(*arguments)


def _check(status):
    if status != 0:
        raise MemoryError("no memory for the states of one channel")


class _ConvSilu(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        x, weight = x.contiguous(), weight.t().contiguous()
        pre, y = torch.empty_like(x), torch.empty_like(x)
        _call("conv_silu_forward", [*x.shape, len(weight)], [x, weight, bias, pre, y])
        ctx.save_for_backward(x, weight, pre)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, pre = ctx.saved_tensors
        grads = [torch.zeros_like(x), torch.zeros_like(weight), torch.zeros(x.shape[-1])]
        grad_pre = grad_y.contiguous().clone()
        _call("conv_silu_backward", [*x.shape, len(weight)], [x, weight, pre, grad_pre, *grads])
        return grads[0], grads[1].t(), grads[2]


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *inputs):
        inputs = [tensor.contiguous() for tensor in inputs]
        y = torch.empty_like(inputs[0])
        _check(_call("scan_forward", y.shape, [*inputs, y]))
        ctx.save_for_backward(*inputs)
        return y

    @staticmethod
    def backward(ctx, grad_y):
        inputs = ctx.saved_tensors
        grads = [torch.zeros_like(tensor) for tensor in inputs]
        _check(_call("scan_backward", grad_y.shape, [*inputs, grad_y.contiguous(), *grads]))
        return tuple(grads)


def conv_silu(x, weight, bias):
    """SiLU of the causal depthwise convolution of x [batch, length, channels].

    weight [channels, taps], the last tap on the present token; bias [channels].
    """
    return _ConvSilu.apply(x, weight, bias)


def scan(u, dt, a, b, c, d):
    """The selective scan: h = exp(dt a) h + dt u b, y = <c, h> + d u, from h = 0.

    u, dt and y [batch, length, channels]; a [channels, D_STATE]; b, c [batch, length, D_STATE];
    d [channels].
    """
    return _Scan.apply(u, dt, a, b, c, d)


def _plain_conv_silu(x, weight, bias):
    """conv_silu by torch's own convolution."""
    channels, taps = weight.shape
    padded = F.pad(x.transpose(1, 2), (taps - 1, 0))
    return F.silu(F.conv1d(padded, weight[:, None], bias, groups=channels)).transpose(1, 2)


def _plain_scan(u, dt, a, b, c, d):
    """scan as a loop over time."""
    h = torch.zeros(len(u), *a.shape, dtype=u.dtype)
    rows = []
    for t in range(u.shape[1]):
        drive = (dt[:, t] * u[:, t])[:, :, None] * b[:, t, None, :]
        h = torch.exp(dt[:, t, :, None] * a) * h + drive
        rows.append((h * c[:, t, None, :]).sum(-1) + d * u[:, t])
    return torch.stack(rows, 1)


def _worst(kernel, plain, inputs):
    """The largest difference, relative to the largest value, in y and in every gradient.

    The plain function runs in float64; the loss is a random projection of y.
    """
    singles = [tensor.clone().requires_grad_() for tensor in inputs]
    doubles = [tensor.double().requires_grad_() for tensor in inputs]
    got, wanted = kernel(*singles), plain(*doubles)
    projection = torch.randn(wanted.shape)
    (got * projection).sum().backward()
    (wanted * projection).sum().backward()
    pairs = [(got, wanted)] + [(s.grad, d.grad) for s, d in zip(singles, doubles)]
    return max(((g - w).abs().max() / w.abs().max()).item() for g, w in pairs)


def self_test():
    """Compare kernels and plain torch on a tiny shape; True when both agree to 1e-5."""
    torch.manual_seed(1)
    batch, length, channels, taps = 2, 9, 5, 4
    wide, narrow = (batch, length, channels), (batch, length, D_STATE)
    conv_inputs = [torch.randn(*wide), torch.randn(channels, taps), torch.randn(channels)]
    scan_inputs = [torch.randn(*wide), torch.rand(*wide), -3 * torch.rand(channels, D_STATE),
                   torch.randn(*narrow), torch.randn(*narrow), torch.randn(channels)]
    errors = {"conv_silu": _worst(conv_silu, _plain_conv_silu, conv_inputs),
              "scan": _worst(scan, _plain_scan, scan_inputs)}
    for name, error in errors.items():
        print(f"{name:9}  forward and backward, largest relative difference {error:.1e}  "
              f"{'ok' if error < 1e-5 else 'FAILED'}")
    return max(errors.values()) < 1e-5
