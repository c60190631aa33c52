// SPDX-License-Identifier: Apache-2.0
// ROWS steps of restoring division: each appends a quotient bit, whether the divisor fits into the
// remainder, and doubles what remains. Combinational; its first row, and itself with a row less.
`default_nettype none

module divide_rows #(
    parameter ROWS = 3,
    parameter QUOTIENT_WIDTH = 27
) (
    input  wire [              23:0] divisor_i,
    input  wire [              24:0] remainder_i,
    input  wire [QUOTIENT_WIDTH-1:0] quotient_i,
    output wire [              24:0] remainder_o,
    output wire [QUOTIENT_WIDTH-1:0] quotient_o
);

  wire [25:0] difference = {1'b0, remainder_i} - {2'b00, divisor_i};
  wire fits = ~difference[25];
  // Below the divisor, hence in 24 bits.
  wire [23:0] reduced = fits ? difference[23:0] : remainder_i[23:0];
  wire [24:0] remainder = {reduced, 1'b0};
  wire [QUOTIENT_WIDTH-1:0] quotient = {quotient_i[QUOTIENT_WIDTH-2:0], fits};

  if (ROWS == 1) begin : g_last
    assign remainder_o = remainder;
    assign quotient_o  = quotient;
  end else begin : g_rest
    divide_rows #(
        .ROWS(ROWS - 1),
        .QUOTIENT_WIDTH(QUOTIENT_WIDTH)
    ) rest (
        .divisor_i  (divisor_i),
        .remainder_i(remainder),
        .quotient_i (quotient),
        .remainder_o(remainder_o),
        .quotient_o (quotient_o)
    );
  end

  wire unused = &{1'b0, quotient_i[QUOTIENT_WIDTH-1], difference[24]};

endmodule

`default_nettype wire
