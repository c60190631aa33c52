// SPDX-License-Identifier: Apache-2.0
// carry_o[k]: carry_i comes out of the lowest k + 1 blocks of BLOCK bits, all ones. Combinational.
//
// Kept apart in synthesis: abc would merge these ANDs into one chain through all bits.
`default_nettype none

(* keep_hierarchy *)
module increment_carries #(
    parameter BLOCKS = 5,
    parameter BLOCK  = 6
) (
    input  wire [BLOCKS*BLOCK-1:0] value_i,
    input  wire                    carry_i,
    output wire [      BLOCKS-1:0] carry_o
);

  genvar k;
  for (k = 0; k < BLOCKS; k = k + 1) begin : g_block
    assign carry_o[k] = carry_i & (&value_i[(k+1)*BLOCK-1:0]);
  end

endmodule

`default_nettype wire
