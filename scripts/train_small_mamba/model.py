# SPDX-License-Identifier: Apache-2.0
"""Mamba-1 as Hugging Face's MambaForCausalLM computes it, with the same parameter names."""
import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

import kernels


@dataclass(frozen=True)
class Config:
    """The sizes of the model."""
    layers: int = 4
    d_model: int = 128
    d_state: int = kernels.D_STATE
    d_conv: int = 4
    expand: int = 2
    dt_rank: int = 8
    vocab: int = 256
    epsilon: float = 1e-5

    @property
    def d_inner(self):
        return self.expand * self.d_model


class RMSNorm(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(config.d_model))
        self.epsilon = config.epsilon

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon))


class Mixer(nn.Module):
    """The Mamba-1 mixer."""

    def __init__(self, config):
        super().__init__()
        inner, rank, state = config.d_inner, config.dt_rank, config.d_state
        self.sizes = [rank, state, state]
        self.in_proj = nn.Linear(config.d_model, 2 * inner, bias=False)
        self.conv1d = nn.Conv1d(inner, inner, config.d_conv, groups=inner)
        self.x_proj = nn.Linear(inner, sum(self.sizes), bias=False)
        self.dt_proj = nn.Linear(rank, inner)
        self.A_log = nn.Parameter(torch.arange(1.0, state + 1).log().repeat(inner, 1))
        self.D = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, config.d_model, bias=False)
        self._initialise(config)

    def _initialise(self, config):
        """The step sizes are log-uniform in 0.001 to 0.1 at the start, as in the paper's code."""
        nn.init.uniform_(self.dt_proj.weight, -config.dt_rank ** -0.5, config.dt_rank ** -0.5)
        dt = torch.exp(torch.rand(config.d_inner) * math.log(0.1 / 0.001) + math.log(0.001))
        with torch.no_grad():
            self.dt_proj.bias.copy_(dt + torch.log(-torch.expm1(-dt)))
            self.out_proj.weight /= math.sqrt(config.layers)

    def forward(self, x, recorded=None):
        """x and the result [batch, length, d_model].

        What the two kernels read and make is appended to `recorded`, under the names that
        docs/formats.md gives the engines' tensors; dt is without its bias.
        """
        x, z = self.in_proj(x).chunk(2, dim=-1)
        u = kernels.conv_silu(x, self.conv1d.weight.squeeze(1), self.conv1d.bias)
        rank, b, c = self.x_proj(u).split(self.sizes, dim=-1)
        dt = F.softplus(self.dt_proj(rank))
        y = kernels.scan(u, dt, -torch.exp(self.A_log), b, c, self.D) * F.silu(z)
        if recorded is not None:
            recorded.append({"x": x, "u": u, "dt": F.linear(rank, self.dt_proj.weight),
                             "B": b, "C": c, "z": z, "y": y})
        return self.out_proj(y)


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.norm = RMSNorm(config)
        self.mixer = Mixer(config)

    def forward(self, x, recorded=None):
        return x + self.mixer(self.norm(x), recorded)


class Backbone(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embeddings = nn.Embedding(config.vocab, config.d_model)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm_f = RMSNorm(config)
        nn.init.normal_(self.embeddings.weight, std=0.02)


class Mamba(nn.Module):
    """The language model; the output matrix is the embedding's."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.backbone = Backbone(config)

    def forward(self, tokens, recorded=None):
        """tokens [batch, length] to logits [batch, length, vocab].

        `recorded`, when given, is a list to which every layer appends its tensors by name.
        """
        x = self.backbone.embeddings(tokens)
        for layer in self.backbone.layers:
            x = layer(x, recorded)
        return F.linear(self.backbone.norm_f(x), self.backbone.embeddings.weight)
