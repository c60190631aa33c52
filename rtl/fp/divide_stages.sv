// SPDX-License-Identifier: Apache-2.0
// STAGES stages of restoring division, ROWS bits each and a register behind; kept_i comes along.
// Latency STAGES, one division a cycle; it moves while en_i is high. From two stages on the module is
// itself twice.
`default_nettype none

module divide_stages #(
    parameter STAGES = 9,
    parameter ROWS = 3,
    parameter QUOTIENT_WIDTH = 27,
    parameter KEPT = 16
) (
    input  wire                      clk_i,
    input  wire                      en_i,
    input  wire [              23:0] divisor_i,
    input  wire [          KEPT-1:0] kept_i,
    input  wire [              24:0] remainder_i,
    input  wire [QUOTIENT_WIDTH-1:0] quotient_i,
    output wire [              23:0] divisor_o,
    output wire [          KEPT-1:0] kept_o,
    output wire [              24:0] remainder_o,
    output wire [QUOTIENT_WIDTH-1:0] quotient_o
);

  wire [24:0] remainder;
  wire [QUOTIENT_WIDTH-1:0] quotient;

  if (STAGES == 1) begin : g_stage
    divide_rows #(
        .ROWS(ROWS),
        .QUOTIENT_WIDTH(QUOTIENT_WIDTH)
    ) rows (
        .divisor_i  (divisor_i),
        .remainder_i(remainder_i),
        .quotient_i (quotient_i),
        .remainder_o(remainder),
        .quotient_o (quotient)
    );
    pipe #(
        .WIDTH(24 + KEPT),
        .DEPTH(1)
    ) kept_pipe (
        .clk_i (clk_i),
        .en_i  (en_i),
        .data_i({divisor_i, kept_i}),
        .data_o({divisor_o, kept_o})
    );
    pipe #(
        .WIDTH(25 + QUOTIENT_WIDTH),
        .DEPTH(1)
    ) changed_pipe (
        .clk_i (clk_i),
        .en_i  (en_i),
        .data_i({remainder, quotient}),
        .data_o({remainder_o, quotient_o})
    );
  end else begin : g_halves
    wire [23:0] divisor;
    wire [KEPT-1:0] kept;
    divide_stages #(
        .STAGES(STAGES / 2),
        .ROWS(ROWS),
        .QUOTIENT_WIDTH(QUOTIENT_WIDTH),
        .KEPT(KEPT)
    ) first (
        .clk_i      (clk_i),
        .en_i       (en_i),
        .divisor_i  (divisor_i),
        .kept_i     (kept_i),
        .remainder_i(remainder_i),
        .quotient_i (quotient_i),
        .divisor_o  (divisor),
        .kept_o     (kept),
        .remainder_o(remainder),
        .quotient_o (quotient)
    );
    divide_stages #(
        .STAGES(STAGES - STAGES / 2),
        .ROWS(ROWS),
        .QUOTIENT_WIDTH(QUOTIENT_WIDTH),
        .KEPT(KEPT)
    ) second (
        .clk_i      (clk_i),
        .en_i       (en_i),
        .divisor_i  (divisor),
        .kept_i     (kept),
        .remainder_i(remainder),
        .quotient_i (quotient),
        .divisor_o  (divisor_o),
        .kept_o     (kept_o),
        .remainder_o(remainder_o),
        .quotient_o (quotient_o)
    );
  end

endmodule

`default_nettype wire
