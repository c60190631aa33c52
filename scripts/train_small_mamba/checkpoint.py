# SPDX-License-Identifier: Apache-2.0
"""The checkpoint as Hugging Face lays it out: model.safetensors in float16 and config.json."""
import json
from pathlib import Path

import numpy as np
import torch

from model import Config, Mamba


DTYPES = {"<f4": "F32", "<f2": "F16", "|i1": "I8"}


def write_tensors(path, tensors, metadata):
    """Write arrays by name, wide types first: header length (8 bytes), JSON header, raw data."""
    tensors = dict(sorted(tensors.items(), key=lambda item: -item[1].itemsize))
    header, offset = {"__metadata__": metadata}, 0
    for name, array in tensors.items():
        end = offset + array.nbytes
        header[name] = {"dtype": DTYPES[array.dtype.str], "shape": array.shape,
                        "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in tensors.values():
            file.write(array.tobytes())


def _read_tensors(path):
    """The float16 arrays that write_tensors wrote, as float32 tensors by name."""
    raw = Path(path).read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    del header["__metadata__"]
    tensors = {}
    for name, entry in header.items():
        first, end = (start + offset for offset in entry["data_offsets"])
        array = np.frombuffer(raw[first:end], "<f2").reshape(entry["shape"])
        tensors[name] = torch.tensor(array.astype(np.float32))
    return tensors


def _settings(config):
    """config.json's keys."""
    return {
        "architectures": ["MambaForCausalLM"],
        "model_type": "mamba",
        "vocab_size": config.vocab,
        "hidden_size": config.d_model,
        "intermediate_size": config.d_inner,
        "state_size": config.d_state,
        "num_hidden_layers": config.layers,
        "conv_kernel": config.d_conv,
        "expand": config.expand,
        "time_step_rank": config.dt_rank,
        "time_step_scale": 1.0,
        "time_step_min": 0.001,
        "time_step_max": 0.1,
        "time_step_init_scheme": "random",
        "time_step_floor": 0.0001,
        "layer_norm_epsilon": config.epsilon,
        "hidden_act": "silu",
        "use_bias": False,
        "use_conv_bias": True,
        "residual_in_fp32": True,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": None,
        "torch_dtype": "float16",
    }


def save(model, folder):
    """Write model.safetensors and config.json into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    state = sorted(model.state_dict().items())
    write_tensors(folder / "model.safetensors",
                  {name: tensor.numpy().astype("<f2") for name, tensor in state}, {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(_settings(model.config), indent=2) + "\n")


def load(folder):
    """The model of `folder`: float16 weights, computing in float32."""
    settings = json.loads((folder / "config.json").read_text())
    model = Mamba(Config(layers=settings["num_hidden_layers"], d_model=settings["hidden_size"],
                         d_state=settings["state_size"], d_conv=settings["conv_kernel"],
                         expand=settings["expand"], dt_rank=settings["time_step_rank"],
                         vocab=settings["vocab_size"], epsilon=settings["layer_norm_epsilon"]))
    model.load_state_dict(_read_tensors(folder / "model.safetensors"))
    return model
