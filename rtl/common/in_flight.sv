// SPDX-License-Identifier: Apache-2.0
// any_o is high from the cycle after a beat entered until the last one that entered has left. At
// most 2^WIDTH - 1 beats may be inside.
`default_nettype none

module in_flight #(
    parameter WIDTH = 6
) (
    input  wire clk_i,
    input  wire rst_ni,
    input  wire enter_i,
    input  wire leave_i,
    output wire any_o
);

  logic [WIDTH-1:0] count_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= {WIDTH{1'b0}};
    else if (enter_i & ~leave_i) count_q <= count_q + 1'b1;
    else if (leave_i & ~enter_i) count_q <= count_q - 1'b1;
  end

  assign any_o = |count_q;

endmodule

`default_nettype wire
