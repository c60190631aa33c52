// SPDX-License-Identifier: Apache-2.0
// A channel's group, its head in the group and its dimension in the head (docs/numerics.md, "Causal
// conv1d"), each as a number of 32 bits. Combinational; wires only.
`default_nettype none

module scale_channel #(
    parameter  GROUPS  = 8,
    parameter  HEADS   = 16,
    parameter  HEADDIM = 64,
    localparam CHANNEL_BITS = $clog2(GROUPS * HEADS * HEADDIM)
) (
    input  wire [CHANNEL_BITS-1:0] channel_i,
    output wire [            31:0] group_o,
    output wire [            31:0] head_o,
    output wire [            31:0] dim_o
);

  localparam DIM_BITS = $clog2(HEADDIM);
  localparam HEAD_BITS = $clog2(HEADS);

  wire [31:0] channel = {{32 - CHANNEL_BITS{1'b0}}, channel_i};

  assign dim_o   = channel & (HEADDIM - 1);
  assign head_o  = (channel >> DIM_BITS) & ((1 << HEAD_BITS) - 1);
  assign group_o = channel >> (DIM_BITS + HEAD_BITS);

endmodule

`default_nettype wire
