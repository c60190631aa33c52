// SPDX-License-Identifier: Apache-2.0
// Watches the indices of channels on their way into scale_lookup_lut: an index of no group is not
// legal, nor one that no bounds can give. In a head the head group stays and the dim group does not
// decrease; from head to head in a group, the head group does not decrease. legal_o speaks of the
// word being written.
`default_nettype none

module scale_index_check #(
    parameter  GROUPS = 8,
    parameter  HEAD_GROUPS = 4,
    parameter  DIM_GROUPS = 4,
    parameter  HEADS = 16,
    parameter  HEADDIM = 64,
    localparam CHANNEL_BITS = $clog2(GROUPS * HEADS * HEADDIM)
) (
    input  wire                    clk_i,
    input  wire                    write_i,
    input  wire [CHANNEL_BITS-1:0] channel_i,
    input  wire [            31:0] data_i,
    output wire                    legal_o
);

  localparam LOCAL = HEAD_GROUPS * DIM_GROUPS;
  localparam LOCAL_BITS = lookup_pkg::index_bits(LOCAL);

  logic [LOCAL_BITS-1:0] previous_q;
  always_ff @(posedge clk_i) if (write_i) previous_q <= data_i[LOCAL_BITS-1:0];

  wire [31:0] unused_group;
  wire [31:0] head;
  wire [31:0] dim;
  scale_channel #(
      .GROUPS (GROUPS),
      .HEADS  (HEADS),
      .HEADDIM(HEADDIM)
  ) split (
      .channel_i(channel_i),
      .group_o  (unused_group),
      .head_o   (head),
      .dim_o    (dim)
  );

  wire [31:0] previous = {{32 - LOCAL_BITS{1'b0}}, previous_q};
  wire [31:0] previous_head_group = previous / DIM_GROUPS;
  wire [31:0] head_group = data_i / DIM_GROUPS;
  wire head_begins = dim == 32'd0;
  wire group_begins = head_begins & (head == 32'd0);

  assign legal_o = (data_i < LOCAL) & (group_begins |
      (head_begins ? head_group >= previous_head_group
                   : (head_group == previous_head_group) & (data_i >= previous)));

  wire unused = &{1'b0, unused_group};

endmodule

`default_nettype wire
