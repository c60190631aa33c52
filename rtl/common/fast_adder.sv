// SPDX-License-Identifier: Apache-2.0
// sum_o = a_i + b_i + carry_i modulo 2^WIDTH: a carry-select adder. The lowest BLOCK bits add with
// and without a carry and then choose, and with their carry out the rest does. Combinational.
//
// abc reduces a plain `+` to a ripple of single carries, whatever prefix tree it comes with; this
// structure survives.
`default_nettype none

module fast_adder #(
    parameter WIDTH = 49,
    parameter BLOCK = 8
) (
    input  wire [WIDTH-1:0] a_i,
    input  wire [WIDTH-1:0] b_i,
    input  wire             carry_i,
    output wire [WIDTH-1:0] sum_o
);

  localparam BITS = (WIDTH < BLOCK) ? WIDTH : BLOCK;

  wire [BITS:0] sum_0 = {1'b0, a_i[BITS-1:0]} + {1'b0, b_i[BITS-1:0]};
  wire [BITS:0] sum_1 = {1'b0, a_i[BITS-1:0]} + {1'b0, b_i[BITS-1:0]} + {{BITS{1'b0}}, 1'b1};
  wire carry;
  assign {carry, sum_o[BITS-1:0]} = carry_i ? sum_1 : sum_0;

  if (WIDTH <= BLOCK) begin : g_last
    wire unused = &{1'b0, carry};
  end else begin : g_rest
    fast_adder #(
        .WIDTH(WIDTH - BLOCK),
        .BLOCK(BLOCK)
    ) rest (
        .a_i    (a_i[WIDTH-1:BLOCK]),
        .b_i    (b_i[WIDTH-1:BLOCK]),
        .carry_i(carry),
        .sum_o  (sum_o[WIDTH-1:BLOCK])
    );
  end

endmodule

`default_nettype wire
