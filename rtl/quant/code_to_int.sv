// SPDX-License-Identifier: Apache-2.0
// Code {flag, q mod 2^CODE_BITS} to its integer q = base + ((bits - base) mod 2^CODE_BITS), the base
// chosen by the flag (docs/numerics.md, "Codes"). Combinational.
`default_nettype none

module code_to_int #(
    parameter CODE_BITS = 4
) (
    input  wire        [  CODE_BITS:0] code_i,
    input  wire signed [  CODE_BITS:0] base1_i,
    input  wire signed [  CODE_BITS:0] base2_i,
    output wire                        flag_o,
    output wire signed [CODE_BITS+1:0] int_o
);

  assign flag_o = code_i[CODE_BITS];

  wire signed [CODE_BITS:0] base = flag_o ? base2_i : base1_i;
  wire [CODE_BITS-1:0] offset = code_i[CODE_BITS-1:0] - base[CODE_BITS-1:0];

  assign int_o = {base[CODE_BITS], base} + {2'b00, offset};

endmodule

`default_nettype wire
